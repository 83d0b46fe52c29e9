package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"target-s3/target/pattern"
	"target-s3/target/roots"
)

// The checks of single settings that are more than a kind and a range. Each
// returns the text in the form in which it is kept.

// matching accepts what a regular expression matches from end to end, in least
// to most bytes.
func matching(expr string, least, most int, accepted string) func(string) (string, error) {
	re := pattern.New(`^(?:` + expr + `)$`)
	return func(text string) (string, error) {
		if len(text) < least || len(text) > most || !re.Regexp().MatchString(text) {
			return "", fmt.Errorf("must be %s", accepted)
		}
		return text, nil
	}
}

// oneLine refuses what would break a log line.
func oneLine(text string) (string, error) {
	if strings.ContainsFunc(text, unicode.IsControl) {
		return "", errors.New("must be a text of one line, without control characters")
	}
	return text, nil
}

// noSpace refuses the line ends and blanks that come along when credentials are
// copied; AWS would only say that the signature does not match.
func noSpace(text string) (string, error) {
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return "", errors.New("must be a string without white space; there is some, perhaps at an end")
	}
	return text, nil
}

// checkWebhook wants an address that nobody on the way can read.
func checkWebhook(text string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", errors.New("must be an address such as https://example.com/hook")
	}
	if u.Scheme == "http" && !isThisMachine(u.Hostname()) {
		return "", errors.New("must begin with https:// (http:// only for an address of this machine)")
	}
	return u.String(), nil
}

func isThisMachine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// maxKeyBytes is S3's limit for the key of an object.
const maxKeyBytes = 1024

func checkSentinel(text string) (string, error) {
	if len(text) > maxKeyBytes || strings.HasPrefix(text, "/") || strings.Contains(text, "://") || strings.ContainsFunc(text, unicode.IsControl) {
		return "", fmt.Errorf("must be the key of an object in the bucket, at most %d bytes, without a leading slash", maxKeyBytes)
	}
	return text, nil
}

func checkEndpoint(text string) (string, error) {
	text = roots.Address(text)
	u, err := url.Parse(text)
	switch {
	case err == nil && u.Scheme == "file":
		_, err = fileRoot(u)
	case err == nil && (u.Scheme == "http" || u.Scheme == "https"):
		err = checkWebEndpoint(u)
	default: // the library's error would repeat the address, with a password perhaps
		err = errors.New("must be an http://, https:// or file: address")
	}
	return text, err
}

func checkWebEndpoint(u *url.URL) error {
	switch {
	case u.Hostname() == "":
		return errors.New("the host is missing: must be an address such as https://minio.example.com:9000")
	case u.User != nil:
		return errors.New("must be an address without user and password: put these into aws_access_key_id and aws_secret_access_key")
	case u.RawQuery != "" || u.Fragment != "":
		return errors.New("must be an address without ? and #")
	}
	return nil
}

// FileRoot is the directory that stands for the service where aws_endpoint_url
// is a file: address, and whether it is one.
func (c Config) FileRoot() (dir string, ok bool) {
	u, err := url.Parse(roots.Address(c.AWSEndpointURL))
	if err != nil || u.Scheme != "file" {
		return "", false
	}
	dir, err = fileRoot(u)
	return dir, err == nil
}

func fileRoot(u *url.URL) (string, error) {
	switch {
	case u.Host != "" && u.Host != "localhost":
		return "", fmt.Errorf("%q stands where a host does: write file:%[1]s%s or file:///%[1]s%[2]s", u.Host, u.Path)
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return "", errors.New("must be a path in which ? and # are written %3F and %23")
	}
	dir := u.Path
	if u.Opaque != "" {
		var err error
		if dir, err = url.PathUnescape(u.Opaque); err != nil {
			return "", errors.New("must be a path in which % is written %25")
		}
	}
	if dir == "" || strings.ContainsRune(dir, 0) {
		return "", errors.New("the directory is missing: must be file:///dir or file:dir")
	}
	if dir == "~" || strings.HasPrefix(dir, "~/") {
		return "", errors.New("no shell replaces the ~ in a setting: write the path of the home folder")
	}
	return roots.LocalPath(dir), nil
}

// maxPipeline leaves room for the folder and a suffix within the 255 bytes that a
// file system has for a name.
const maxPipeline = 100

// CheckPipeline checks the name of a pipeline, or of a task: it is the name of its
// journal.
func CheckPipeline(text string) (string, error) {
	bad := strings.ContainsFunc(text, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-.", r))
	})
	if bad || text == "" || len(text) > maxPipeline || text[0] == '.' {
		return "", fmt.Errorf("must be 1 to %d letters (a-z, A-Z), digits and _ - . and must not begin with a dot", maxPipeline)
	}
	return text, nil
}

// encryptionType translates the values of the alias.
func encryptionType(text string) (string, error) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "none":
		return "", nil
	case "kms":
		return SSEKMS, nil
	}
	return "", errors.New(`must be one of "none", "KMS"`)
}

// S3's limits for the tags of an object.
const (
	maxTags     = 10
	maxTagKey   = 128
	maxTagValue = 256
)

func checkTags(text string) (string, error) {
	tags, err := parseTags(text)
	if err != nil {
		return "", err
	}
	if len(tags) > maxTags {
		return "", fmt.Errorf("%d tags: S3 accepts %d for an object", len(tags), maxTags)
	}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		if err := checkTag(key, tags[key]); err != nil {
			return "", fmt.Errorf("tag %q: %w", key, err)
		}
	}
	return text, nil
}

func checkTag(key, value string) error {
	switch {
	case key == "" || utf8.RuneCountInString(key) > maxTagKey:
		return fmt.Errorf("names must have 1 to %d characters", maxTagKey)
	case strings.HasPrefix(strings.ToLower(key), "aws:"):
		return errors.New(`names that begin with "aws:" are reserved`)
	case utf8.RuneCountInString(value) > maxTagValue:
		return fmt.Errorf("values must have at most %d characters", maxTagValue)
	case strings.ContainsFunc(key+value, notInTag):
		return errors.New("must be letters, digits, spaces and + - = . _ : / @")
	}
	return nil
}

func notInTag(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" +-=._:/@", r)
}

// parseTags reads a JSON object of strings or the form that S3 itself has for
// tags in a header, a=b&c=d. No tags are nil.
func parseTags(text string) (map[string]string, error) {
	if text == "" {
		return nil, nil
	}
	pairs, err := tagPairs(text)
	if err != nil {
		return nil, err
	}
	var tags map[string]string
	for _, p := range pairs {
		if _, double := tags[p[0]]; double {
			return nil, fmt.Errorf("tag %q occurs twice", p[0])
		}
		if tags == nil {
			tags = make(map[string]string)
		}
		tags[p[0]] = p[1]
	}
	return tags, nil
}

func tagPairs(text string) (pairs [][2]string, err error) {
	unacceptable := Setting{Kind: Tags}.unacceptable()
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		members, errs := parseDocument("", []byte(text))
		if len(errs) > 0 {
			return nil, unacceptable
		}
		for _, m := range members {
			var v string
			if m.raw[0] != '"' || json.Unmarshal(m.raw, &v) != nil {
				return nil, fmt.Errorf("tag %q: %w", m.name, unacceptable)
			}
			pairs = append(pairs, [2]string{m.name, v})
		}
		return pairs, nil
	}
	for pair := range strings.SplitSeq(text, "&") {
		key, value, found := strings.Cut(pair, "=")
		key, err1 := url.QueryUnescape(key)
		value, err2 := url.QueryUnescape(value)
		if !found || err1 != nil || err2 != nil {
			return nil, unacceptable
		}
		pairs = append(pairs, [2]string{key, value})
	}
	return pairs, nil
}
