package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"target-s3/target/roots"
)

// parseList reads a JSON array of strings, or one string, and returns the array.
func (s Setting) parseList(text string) (string, error) {
	text = strings.TrimSpace(text)
	list := []string{text}
	if strings.HasPrefix(text, "[") {
		var err error
		if list, err = listOf(text); err != nil {
			return "", s.unacceptable()
		}
	}
	if len(list) == 0 {
		return "", nil // as if it were not set
	}
	array, err := marshal(list)
	return string(array), err
}

// listOf reads an array; none are nil.
func listOf(text string) (list []string, err error) {
	if text == "" {
		return nil, nil
	}
	var some []*string
	if err := json.Unmarshal([]byte(text), &some); err != nil {
		return nil, err
	}
	for _, s := range some {
		if s == nil {
			return nil, errors.New("null is not a string")
		}
		list = append(list, *s)
	}
	return list, nil
}

func checkBatchRoots(text string) (string, error) {
	list, err := listOf(text)
	if err != nil {
		return "", err
	}
	for _, address := range list {
		root, err := roots.Parse(address)
		if err == nil && root.Bucket != "" {
			_, err = checkBucket(root.Bucket)
		}
		if err != nil {
			return "", fmt.Errorf("%q: %w (must be %s)", address, err, roots.Accepted)
		}
	}
	return text, nil
}

// Roots are the folders and prefixes of batch_roots.
func (c *Config) Roots() roots.Set {
	var set roots.Set
	for _, address := range c.BatchRoots {
		if root, err := roots.Parse(address); err == nil { // as the settings were checked
			set = append(set, root)
		}
	}
	return set
}

func batchRootsBroken(c Config) string {
	_, folder := c.FileRoot()
	inBucket := slices.ContainsFunc(c.Roots(), func(r roots.Root) bool { return r.Bucket != "" })
	return when(folder && inBucket, "cannot have s3:// while aws_endpoint_url is a folder: there is no service to read from")
}
