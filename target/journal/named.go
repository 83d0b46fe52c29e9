package journal

import (
	"context"
	"fmt"
	"strings"

	"target-s3/target/store"
)

// maxJournals bounds how many journals are looked through.
const maxJournals = 100_000

// Named are the uploads that open journals name, of all pipelines whose keys have
// that prefix: their commits were made, and whoever finds the journal completes
// them.
func Named(ctx context.Context, s store.Store, prefix string) (map[string]bool, error) {
	folder := Folder(prefix)
	keys, err := s.List(ctx, folder, maxJournals)
	if err != nil {
		return nil, err
	}
	if len(keys) == maxJournals {
		return nil, fmt.Errorf("%s has more than %d journals; remove those of --once that are done", s.Location(folder), maxJournals)
	}
	named := make(map[string]bool)
	for _, key := range keys {
		name, isJournal := strings.CutSuffix(strings.TrimPrefix(strings.TrimPrefix(key, folder), once+"/"), suffix)
		if !isJournal {
			continue
		}
		j, err := Read(ctx, s, key, name)
		if err != nil {
			return nil, err
		}
		if j.IsOpen() {
			for _, o := range j.Objects() {
				named[o.Upload] = true
			}
		}
	}
	return named, nil
}
