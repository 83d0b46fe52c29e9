package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"path"
	"strings"

	"target-s3/target/pattern"
)

// checkBucket applies the naming rules of S3 for general purpose buckets. To
// what is more than a name it answers with the name that was meant.
func checkBucket(text string) (string, error) {
	if meant := bucketMeant(text); meant != text {
		err := errors.New("must be the name of the bucket alone")
		if meant != "" && onlyBucketChars(meant) {
			err = fmt.Errorf("%w: did you mean %q?", err, meant)
		}
		return "", err
	}
	if flaw := bucketFlaw(text); flaw != "" {
		return "", fmt.Errorf("the name of a bucket %s", flaw)
	}
	return text, nil
}

func onlyBucketChars(name string) bool {
	return strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") == ""
}

// bucketFlaw completes the sentence "the name of a bucket …", or is empty for
// a good name.
func bucketFlaw(name string) string {
	ends := strings.Trim(name, ".-")
	switch {
	case len(name) < 3 || len(name) > 63:
		return "has 3 to 63 characters"
	case !onlyBucketChars(name):
		return "consists of lower-case letters, digits, dots and hyphens"
	case ends != name:
		return "begins and ends with a letter or a digit"
	case strings.Contains(name, ".."):
		return "has no two dots next to each other"
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return "is not an IP address"
	}
	return reservedFlaw(name)
}

func reservedFlaw(name string) string {
	for _, p := range []string{"xn--", "sthree-"} {
		if strings.HasPrefix(name, p) {
			return fmt.Sprintf("does not begin with %q, which S3 reserves", p)
		}
	}
	for _, s := range []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"} {
		if strings.HasSuffix(name, s) {
			return fmt.Sprintf("does not end with %q, which S3 reserves", s)
		}
	}
	return ""
}

var (
	anyScheme = pattern.New(`^(?i:[a-z0-9+]+):/*`)
	// virtualHost is bucket.s3.amazonaws.com with or without a region, also in the
	// old (s3-eu-west-1), dual-stack and website spellings.
	virtualHost = pattern.New(`^(.+?)\.s3[.-](?:.+\.)?amazonaws\.com(?:\.cn)?$`)
	bucketARN   = pattern.New(`^(?i:arn:[a-z0-9-]+:s3):::([^/]+)`)
	consolePath = pattern.New(`^s3/(?:buckets|object)/([^/]+)`)
)

// bucketMeant finds the name in an address, an ARN or a path. It returns a
// text as it is if that can only be meant as a name.
func bucketMeant(text string) string {
	s, _, _ := strings.Cut(strings.TrimSpace(text), "?")
	lower := strings.ToLower(s)
	switch {
	case strings.HasPrefix(lower, "arn:"):
		if m := bucketARN.Regexp().FindStringSubmatch(s); m != nil {
			return m[1]
		}
		return "" // an access point or something else: there is no bucket in it
	case strings.HasPrefix(lower, "http:"), strings.HasPrefix(lower, "https:"):
		return bucketOfURL(s)
	}
	if strings.Contains(s, ":") {
		s = anyScheme.Regexp().ReplaceAllString(s, "")
	}
	name, _, _ := strings.Cut(strings.TrimLeft(s, "/"), "/")
	if !strings.Contains(name, "amazonaws") { // as nearly all that is a name
		return name
	}
	if m := virtualHost.Regexp().FindStringSubmatch(name); m != nil {
		return m[1]
	}
	return name
}

func bucketOfURL(url string) string {
	host, path, _ := strings.Cut(anyScheme.Regexp().ReplaceAllString(url, ""), "/")
	host = host[strings.LastIndex(host, "@")+1:]
	if m := virtualHost.Regexp().FindStringSubmatch(host); m != nil {
		return m[1]
	}
	if m := consolePath.Regexp().FindStringSubmatch(path); m != nil {
		return m[1]
	}
	if name, _, _ := strings.Cut(path, "/"); name != "" {
		return name
	}
	return host
}

// serviceHost is a host of a service that gives each bucket a name before it.
var serviceHost = pattern.New(`^(?:s3|oss|cos|obs)[.-]|^(?:storage\.googleapis|` +
	`.+\.(?:digitaloceanspaces|linodeobjects|cloudflarestorage|vultrobjects|oraclecloud))\.com(?::[0-9]+)?$`)

// WithoutBucket is the address of a service without the bucket, which consoles
// show with it, in its path or its host name. With it every object would go into
// a folder of the bucket's name. The bool reports whether it was there.
func WithoutBucket(endpoint, bucket string) (service string, found bool) {
	u, err := url.Parse(endpoint)
	if err != nil || bucket == "" || u.Scheme != "http" && u.Scheme != "https" {
		return endpoint, false
	}
	folder := strings.TrimRight(u.Path, "/")
	host, before := strings.CutPrefix(u.Host, bucket+".")
	switch {
	case path.Base(folder) == bucket:
		u.Path = strings.TrimRight(path.Dir(folder), "/")
	case before && serviceHost.Regexp().MatchString(strings.ToLower(host)):
		u.Host = host
	default:
		return endpoint, false
	}
	return u.String(), true
}

// endpointBroken is the rule about that.
func endpointBroken(c Config) string {
	service, found := WithoutBucket(c.AWSEndpointURL, c.S3Bucket)
	return when(found, fmt.Sprintf("has the bucket in it, which would put every object into a folder %s/ of the bucket: use %s", c.S3Bucket, service))
}
