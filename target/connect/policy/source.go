package policy

import (
	"fmt"
	"slices"
	"strings"

	"target-s3/target/config"
)

// Source is a bucket that files of BATCH messages are read from.
type Source struct {
	Bucket   string
	Prefixes []string // an empty one is the whole bucket
}

// Reading are the actions on a source. Without ListBucket S3 says that access is denied
// where a file is missing.
var Reading = []string{GetObject, ListBucket}

// sourcesOf are the buckets of batch_roots, but for the one that is loaded into: there
// the loader may read everything.
func sourcesOf(c config.Config) (all []Source) {
	for _, root := range c.Roots() {
		if root.Bucket == "" || root.Bucket == c.S3Bucket {
			continue
		}
		i := slices.IndexFunc(all, func(s Source) bool { return s.Bucket == root.Bucket })
		if i < 0 {
			i = len(all)
			all = append(all, Source{Bucket: root.Bucket})
		}
		all[i].Prefixes = append(all[i].Prefixes, root.Path)
	}
	return all
}

// literal writes what has a meaning in the ARNs of a policy as the character itself.
var literal = strings.NewReplacer("*", "${*}", "?", "${?}", "$", "${$}")

func (s Source) statement(partition, sid string) Statement {
	bucket := "arn:" + partition + ":s3:::" + s.Bucket
	resources := []string{bucket}
	for _, prefix := range s.Prefixes {
		resources = append(resources, bucket+"/"+literal.Replace(prefix)+"*")
	}
	return allow(sid, Reading, resources...)
}

// onSources are the statements for all sources. In one document each needs a name of its own.
func (g Grant) onSources(partition string) (all []Statement) {
	for i, s := range g.Sources {
		all = append(all, s.statement(partition, fmt.Sprintf("%s%d", sidSource, i+1)))
	}
	return all
}

// SourcePolicy is to be attached to the bucket of a source.
func (g Grant) SourcePolicy(s Source) (Document, error) {
	return g.onResource(func(partition string) Statement { return s.statement(partition, sidSource) })
}
