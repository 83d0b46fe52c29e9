package journal

import (
	"context"
	"path"
	"strings"

	"target-s3/target/store"
)

// Folder is where the journals of a prefix are, those of --once in a folder below.
func Folder(prefix string) string { return prefix + folder + "/" }

// Receipts returns what the open ones among some journals are to publish: uploads
// that nobody may abort. The keys are of whatever is in the Folder. A journal that
// cannot be read is an error, because nobody knows then.
func Receipts(ctx context.Context, s store.Store, keys []string) ([]store.Receipt, error) {
	var receipts []store.Receipt
	for _, key := range keys {
		name, isJournal := strings.CutSuffix(path.Base(key), suffix)
		if !isJournal || strings.HasPrefix(name, ".") {
			continue
		}
		j, err := Read(ctx, s, key, name)
		if err != nil {
			return nil, err
		}
		if !j.IsOpen() {
			continue
		}
		for _, o := range j.Objects() {
			receipts = append(receipts, o.Receipt)
		}
	}
	return receipts, nil
}
