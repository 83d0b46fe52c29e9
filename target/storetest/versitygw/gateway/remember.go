package gateway

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// rememberedFor is how long the go command is not asked again where the server is.
// Asking takes half a second, which every test binary would spend; and it tells the
// build cache that the server is still used, without which it is deleted after days.
const rememberedFor = time.Hour

// remembered is the path of the server that an earlier process has built from the same
// modules; empty where none is known.
func remembered(root string) string {
	file, key, err := memory(root)
	if err != nil {
		return ""
	}
	info, err := os.Stat(file)
	if err != nil || time.Since(info.ModTime()) > rememberedFor {
		return ""
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	was, path, _ := strings.Cut(string(text), "\n")
	if _, err := os.Stat(path); err != nil || was != key {
		return ""
	}
	return path
}

// remember is for the next process. Where it fails, that one asks again.
func remember(root, path string) {
	if file, key, err := memory(root); err == nil {
		_ = os.WriteFile(file, []byte(key+"\n"+path), 0o600)
	}
}

// memory is the file, which nobody else can write, and what the server is built from.
func memory(root string) (file, key string, err error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", "", err
	}
	modules := sha256.New()
	for _, name := range []string{modfile, strings.TrimSuffix(modfile, "mod") + "sum"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return "", "", err
		}
		_, _ = modules.Write(text) // never fails
	}
	return filepath.Join(dir, "target-s3-versitygw"), fmt.Sprintf("%s %x", runtime.Version(), modules.Sum(nil)), nil
}
