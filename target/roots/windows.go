package roots

import (
	"path"
	"runtime"
	"strings"
)

// onWindows is a parameter of what differs there, so that it is tested everywhere.
const onWindows = runtime.GOOS == "windows"

// LocalPath is the path on this machine of the path in a file: address.
func LocalPath(p string) string { return localPath(p, onWindows) }

// localPath has slashes, which Windows takes as well, and no slash before a drive.
func localPath(p string, windows bool) string {
	if !windows {
		return p
	}
	p = strings.ReplaceAll(p, `\`, "/")
	if rest, ok := strings.CutPrefix(p, "/"); ok && hasDrive(rest) {
		return rest
	}
	return p
}

// clean is path.Clean, which leaves the two slashes before the name of a server.
func clean(p string, windows bool) string {
	if windows && strings.HasPrefix(p, "//") {
		return "/" + path.Clean(p)
	}
	return path.Clean(p)
}

// hasDrive reports whether a path begins with the letter of a drive.
func hasDrive(p string) bool {
	return len(p) >= 2 && p[1] == ':' && 'a' <= p[0]|0x20 && p[0]|0x20 <= 'z'
}

// Address is a file: address with a third slash before a drive, which url.Parse needs.
// Everything else is as it was.
func Address(address string) string { return withSlashes(address, onWindows) }

func withSlashes(address string, windows bool) string {
	if rest, ok := cutScheme(address, "file"); ok {
		return address[:len(address)-len(rest)] + threeSlashes(rest, windows)
	}
	return address
}

// threeSlashes corrects what follows file:// where it is a path of Windows as it stands,
// as the Meltano SDK writes it there.
func threeSlashes(rest string, windows bool) string {
	if windows && hasDrive(rest) {
		return "/" + strings.ReplaceAll(rest, `\`, "/")
	}
	return rest
}
