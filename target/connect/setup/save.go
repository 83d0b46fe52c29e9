package setup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"target-s3/target/config"
)

// HasSecrets reports whether the settings have credentials that Save would leave
// out unless it is asked to keep them.
func HasSecrets(c config.Config) bool {
	return !c.AWSAccessKeyID.IsZero() || !c.AWSSecretAccessKey.IsZero() || !c.AWSSessionToken.IsZero()
}

// FreeName is a name like path that no file has: config-2.json for config.json.
func FreeName(path string) string {
	extension := filepath.Ext(path)
	stem := strings.TrimSuffix(path, extension)
	for n := 2; ; n++ {
		name := fmt.Sprintf("%s-%d%s", stem, n, extension)
		if _, err := os.Lstat(name); err != nil { // there is none, or saving will say why not
			return name
		}
	}
}

// Save writes the file of settings, whole or not at all, for its owner's eyes
// only. A file that exists is replaced only on request; else the error matches
// fs.ErrExist.
func Save(c config.Config, path string, withSecrets, replace bool) error {
	text, err := config.Encode(c, withSecrets)
	if err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".target-s3-*") // mode 0600
	if err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	defer func() { _ = os.Remove(temp.Name()) }() // it is gone where all went well
	_, err = temp.Write(text)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	place := os.Link // which does not replace
	if replace {
		place = os.Rename
	}
	if err := place(temp.Name(), path); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("settings: %s exists and was left as it is: %w", path, fs.ErrExist)
		}
		return fmt.Errorf("settings: %w", err)
	}
	return nil
}
