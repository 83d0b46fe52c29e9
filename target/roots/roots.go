// Package roots opens the files that BATCH messages name, and nothing that is not
// below one of the folders and prefixes of the setting batch_roots. The messages come
// from a tap, and a tap may repeat what a stranger has written: so what is opened hangs
// on the settings, and not on the message.
package roots

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
)

// Root is a folder of this machine, or a prefix in a bucket.
type Root struct {
	Bucket string // empty: a folder of this machine
	Path   string // of the folder, absolute; or the prefix, which is empty or ends in a slash
}

// String is the root's address.
func (r Root) String() string {
	if r.Bucket == "" {
		return (&url.URL{Scheme: "file", Path: "/" + strings.TrimPrefix(r.Path, "/")}).String() // before a drive as well
	}
	return "s3://" + r.Bucket + "/" + r.Path
}

// Accepted says what an address of a root is like.
const Accepted = "file:///dir or s3://bucket/prefix"

// Parse reads the address of a root. The name of a bucket is not looked at.
func Parse(address string) (Root, error) {
	if rest, ok := cutScheme(address, "s3"); ok {
		bucket, prefix, _ := strings.Cut(rest, "/")
		prefix = strings.TrimRight(prefix, "/")
		if bucket == "" {
			return Root{}, errors.New("must name a bucket")
		}
		if prefix == "" {
			return Root{Bucket: bucket}, nil
		}
		if err := checkKey(prefix); err != nil {
			return Root{}, err
		}
		return Root{Bucket: bucket, Path: prefix + "/"}, nil
	}
	paths, err := pathsOf(address, onWindows)
	if err != nil {
		return Root{}, err
	}
	return Root{Path: paths[0]}, nil
}

// cutScheme returns what follows the scheme and two slashes.
func cutScheme(address, scheme string) (rest string, ok bool) {
	n := len(scheme) + len("://")
	if len(address) < n || !strings.EqualFold(address[:n], scheme+"://") {
		return "", false
	}
	return address[n:], true
}

var (
	errScheme = errors.New("must begin with file:// or s3://")
	errDots   = errors.New("must not have . or .. for a folder")
)

// pathsOf are the paths that a file: address may stand for: where it has a percent
// sign that is an escape, or that is one character of a name. Older versions of the
// Meltano SDK write the latter.
func pathsOf(address string, windows bool) ([]string, error) {
	rest, ok := cutScheme(address, "file")
	if !ok {
		return nil, errScheme
	}
	host, written, ok := strings.Cut(threeSlashes(rest, windows), "/")
	if !ok || host != "" && !strings.EqualFold(host, "localhost") {
		return nil, errors.New("must have three slashes: file:///dir")
	}
	written = "/" + written
	paths := []string{written}
	if decoded, err := url.PathUnescape(written); err == nil && decoded != written {
		paths = []string{decoded, written}
	}
	for i, p := range paths {
		if strings.ContainsRune(p, 0) {
			return nil, errors.New("must not have a zero byte")
		}
		p = localPath(p, windows)
		if hasDots(p) {
			return nil, errDots
		}
		paths[i] = clean(p, windows)
	}
	return paths, nil
}

// hasDots reports whether a path has a segment that leads elsewhere.
func hasDots(p string) bool {
	for segment := range strings.FieldsFuncSeq(p, func(r rune) bool { return r == '/' || r == filepath.Separator }) {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

// checkKey refuses keys that S3 takes as they are, but that something on the way might
// take for a path to somewhere else.
func checkKey(key string) error {
	decoded, err := url.PathUnescape(key)
	if err != nil {
		decoded = key
	}
	if hasDots(key) || hasDots(decoded) {
		return errDots
	}
	if strings.HasPrefix(key, "/") || strings.Contains(key, "//") {
		return errors.New("must not have two slashes in a row in its key")
	}
	if strings.ContainsRune(key, 0) {
		return errors.New("must not have a zero byte")
	}
	return nil
}

// Place is where a file is, below a root.
type Place struct {
	Root  Root
	Names []string // of a file relative to the folder, of which the first that exists is meant; or one key
}

// Set are the roots of a load.
type Set []Root

// Find finds where the file of an address is. It opens nothing.
func (s Set) Find(address string) (Place, error) {
	place, err := s.find(address)
	if err != nil {
		return Place{}, fmt.Errorf("%s: %w", shown(address), err)
	}
	return place, nil
}

// maxAddress is more than the longest path or key takes, with every byte escaped.
const maxAddress = 16 << 10

func (s Set) find(address string) (Place, error) {
	if len(address) > maxAddress {
		return Place{}, errors.New("is longer than any path or key")
	}
	if rest, ok := cutScheme(address, "s3"); ok {
		bucket, key, _ := strings.Cut(rest, "/")
		if err := checkKey(key); err != nil {
			return Place{}, err
		}
		for _, r := range s {
			if r.Bucket == bucket && r.Bucket != "" && strings.HasPrefix(key, r.Path) && len(key) > len(r.Path) {
				return Place{r, []string{key}}, nil
			}
		}
		return Place{}, s.outside()
	}
	paths, err := pathsOf(address, onWindows)
	if err != nil {
		return Place{}, err
	}
	for _, r := range s {
		if r.Bucket != "" {
			continue
		}
		if names := below(r.Path, paths, onWindows); names != nil {
			return Place{r, names}, nil
		}
		// The SDK writes addresses without symbolic links.
		if dir, err := filepath.EvalSymlinks(r.Path); err == nil {
			if names := below(localPath(dir, onWindows), paths, onWindows); names != nil {
				return Place{r, names}, nil
			}
		}
	}
	return Place{}, s.outside()
}

// below are the names of those paths that are in a folder. Windows does not tell upper
// from lower case.
func below(dir string, paths []string, windows bool) (names []string) {
	dir = strings.TrimRight(dir, "/") + "/"
	for _, p := range paths {
		if len(p) > len(dir) && (strings.HasPrefix(p, dir) || windows && strings.EqualFold(p[:len(dir)], dir)) {
			names = append(names, p[len(dir):])
		}
	}
	return names
}

func (s Set) outside() error {
	names := make([]string, len(s))
	for i, r := range s {
		names[i] = r.String()
	}
	return fmt.Errorf("is not below one of batch_roots (%s): add its folder there if its files may be read", strings.Join(names, ", "))
}

// shown is an address without what may let somebody in: a password, a signature.
func shown(address string) string {
	const most = 300
	scheme, rest, ok := strings.Cut(address, "://")
	if ok && !strings.EqualFold(scheme, "file") {
		rest, _, _ = strings.Cut(rest, "?")
		host, key, _ := strings.Cut(rest, "/")
		host = host[strings.LastIndexByte(host, '@')+1:]
		address = scheme + "://" + host + "/" + key
	}
	if len(address) > most {
		return strings.ToValidUTF8(address[:most], "") + "…"
	}
	return address
}
