package filestore

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"unicode/utf16"
)

// checkKey refuses what is not a path to a file below the bucket's folder. The root
// would let a/../b pass.
func checkKey(key string) error {
	if key == "." || !fs.ValidPath(key) {
		return notAPath(key)
	}
	if runtime.GOOS == "windows" {
		if err := checkWindowsNames(key); err != nil {
			return fmt.Errorf("key %q: %w", key, err)
		}
	}
	if !filepath.IsLocal(key) {
		return notAPath(key)
	}
	return nil
}

func notAPath(key string) error {
	return fmt.Errorf("key %q: not a relative path without . and .. segments", key)
}

// maxWindowsName is in units of UTF-16.
const maxWindowsName = 255

// checkWindowsNames says what keeps Windows from having files and folders of these names.
// Some of them it takes for others: a. for a, NUL for a device, a:b for what is hidden in a.
func checkWindowsNames(key string) error {
	for name := range strings.SplitSeq(key, "/") {
		switch i := strings.IndexAny(name, `<>:"|?*\`); {
		case i >= 0:
			return fmt.Errorf("Windows has no names with %q: load into a bucket, or choose a template without it", name[i:i+1])
		case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }):
			return errors.New("Windows has no names with control characters")
		case strings.HasSuffix(name, ".") || strings.HasSuffix(name, " "):
			return fmt.Errorf("Windows has no names that end in a dot or a space, as %q does: load into a bucket, or choose a template with more behind it", name)
		case isDevice(name):
			return fmt.Errorf("Windows takes the name %q for a device: load into a bucket, or choose a template with more before it", name)
		case len(utf16.Encode([]rune(name))) > maxWindowsName:
			return syscall.ENAMETOOLONG
		}
	}
	return nil
}

// isDevice reports whether a name, whatever follows a dot in it, is one that older
// versions of Windows keep for a device in every folder.
func isDevice(name string) bool {
	name, _, _ = strings.Cut(name, ".")
	name = strings.ToUpper(strings.TrimRight(name, " "))
	if slices.Contains([]string{"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}, name) {
		return true
	}
	number, ok := strings.CutPrefix(name, "COM")
	if !ok {
		number, ok = strings.CutPrefix(name, "LPT")
	}
	return ok && slices.Contains(strings.Split("0123456789¹²³", ""), number)
}
