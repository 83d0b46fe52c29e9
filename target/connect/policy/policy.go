// Package policy writes the policies that let the loader into a bucket: one to
// attach to the bucket, one to attach to the role or user that loads, and the
// statement that a KMS key's own policy needs. It knows what each privilege is
// for, and does no I/O.
package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
)

// Grant is what is to be allowed, and to whom.
type Grant struct {
	Bucket string // a name that S3 accepts
	// Region is where the bucket is. With it empty the partition is that of the
	// principals and the key.
	Region string
	// FallbackRegion decides the partition where neither Region nor an ARN does.
	FallbackRegion string
	Principals     []Principal // of a bucket's or a key's policy
	Key            *Key        // which the bucket's objects are encrypted with; nil: none
	Sources        []Source    // other buckets that are read from

	Tagging bool // objects are sent with tags
	ACL     bool // objects are sent with an ACL
	Abort   bool // uploads may also be aborted
	Sweep   bool // uploads of other loads may be found and aborted
}

// Document is a policy.
type Document struct {
	Version   string
	Statement []Statement
}

// Statement allows actions on resources, to those who have the policy or to
// those it names.
type Statement struct {
	Sid       string
	Effect    string
	Principal *Who `json:",omitempty"`
	Action    []string
	Resource  []string
}

// Who are the ARNs of principals.
type Who struct{ AWS []string }

// JSON is the document as a person would write it, with a newline at its end.
func (d Document) JSON() ([]byte, error) { return indented(d) }

// JSON is the statement alone, to be put into a document that has others.
func (s Statement) JSON() ([]byte, error) { return indented(s) }

func indented(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return b.Bytes(), err
}

// The identifiers of the statements.
const (
	sidBucket = "TargetS3Load"
	sidKey    = "TargetS3Encrypt"
	sidSource = "TargetS3BatchFiles"
)

// ErrNoPrincipal says that a policy lacks those whom it allows anything.
var ErrNoPrincipal = errors.New("a policy of a bucket needs a principal")

// BucketPolicy is to be attached to the bucket. What a KMS key needs is not in
// it, because S3 accepts nothing but its own privileges there; see KeyStatement.
func (g Grant) BucketPolicy() (Document, error) { return g.onResource(g.onBucket) }

// onResource is a policy of what it grants access to, so it says to whom.
func (g Grant) onResource(statement func(partition string) Statement) (Document, error) {
	partition, err := g.partition()
	if err != nil {
		return Document{}, err
	}
	who, err := g.who(partition)
	if err != nil {
		return Document{}, err
	}
	s := statement(partition)
	s.Principal = who
	return document(s), nil
}

// IdentityPolicy is to be attached to the role or the user that loads.
func (g Grant) IdentityPolicy() (Document, error) {
	partition, err := g.partition()
	if err != nil {
		return Document{}, err
	}
	statements := append([]Statement{g.onBucket(partition)}, g.onSources(partition)...)
	if g.Key != nil {
		statements = append(statements, allow(sidKey, keyActions(), g.Key.arn))
	}
	return document(statements...), nil
}

// KeyStatement is to be added to the policy of the KMS key. There must be a key. In
// its policy "*" stands for the key itself.
func (g Grant) KeyStatement() (Statement, error) {
	partition, err := g.partition()
	if err != nil {
		return Statement{}, err
	}
	who, err := g.who(partition)
	if err != nil {
		return Statement{}, err
	}
	s := allow(sidKey, keyActions(), "*")
	s.Principal = who
	return s, nil
}

// onBucket names the bucket and everything in it for all actions together. Each
// action applies to one of the two, which is all that AWS asks for. Everything,
// and not a prefix: the challenge file and the rejected records have other keys
// than the tables, and the key format may change.
func (g Grant) onBucket(partition string) Statement {
	bucket := "arn:" + partition + ":s3:::" + g.Bucket
	return allow(sidBucket, g.bucketActions(), bucket, bucket+"/*")
}

func document(statements ...Statement) Document {
	// The version of the language of policies, which is a date.
	return Document{Version: "2012-10-17", Statement: statements}
}

func allow(sid string, actions []string, resources ...string) Statement {
	return Statement{Sid: sid, Effect: "Allow", Action: actions, Resource: resources}
}

func (g Grant) who(partition string) (*Who, error) {
	if len(g.Principals) == 0 {
		return nil, ErrNoPrincipal
	}
	w := &Who{}
	for _, p := range g.Principals {
		if arn := p.arn(partition); !slices.Contains(w.AWS, arn) {
			w.AWS = append(w.AWS, arn)
		}
	}
	return w, nil
}

// partition is the one that everything must be in: nothing can be granted from
// one partition to another.
func (g Grant) partition() (string, error) {
	found, source := "", ""
	if g.Region != "" {
		found, source = Partition(g.Region), "the region "+g.Region
	}
	agree := func(what, arn, partition string) error {
		switch {
		case partition == "" || partition == found:
			return nil
		case found == "":
			found, source = partition, arn
			return nil
		}
		return &ValueError{what, arn, errors.New("it is in the partition " + partition + ", and " + source + " in " + found +
			": AWS grants nothing from one to the other")}
	}
	var errs []error
	for _, p := range g.Principals {
		errs = append(errs, agree("principal", p.arn(p.partition), p.partition))
	}
	if g.Key != nil {
		errs = append(errs, agree("KMS key", g.Key.arn, g.Key.partition))
	}
	if found == "" {
		found = Partition(g.FallbackRegion)
	}
	return found, errors.Join(errs...)
}
