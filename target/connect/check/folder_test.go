package check

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"target-s3/target/config"
)

var folderChecks = []string{Settings, Bucket, Put, ConditionalCreate, ChallengeFile, ExactlyOnce}

func folderLoader(dir string) config.Config {
	c := config.Default()
	c.S3Bucket, c.AWSEndpointURL = "bucket", "file://"+filepath.ToSlash(dir)
	return c
}

// tree lists what is below a folder.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(name string, _ os.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, name) // one is below the other
		names = append(names, filepath.ToSlash(rel))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, " ")
}

// aJournal is one of the pipeline "shop".
const aJournal = `{"format": 1, "name": "shop", "commit": 1, "token": "t", "status": "done", "state": null, "previous": null, "objects": []}`

func TestFolder(t *testing.T) {
	const journal = "bucket/_target_s3/shop.json"
	exactlyOnce := func(c *config.Config) { c.ExactlyOnce = "shop" }
	for name, test := range map[string]struct {
		before string // a file, or a folder if it ends in a slash
		text   string // of the file
		change func(*config.Config)
		others map[string]Outcome
		failed string
		fix    string
	}{
		"nothing there": {},
		"bucket there":  {before: "bucket/"},
		"tables there":  {before: "bucket/singer/t/1_1.jsonl"},
		"exactly once": {
			before: "bucket/", change: exactlyOnce, others: map[string]Outcome{ExactlyOnce: OK},
		},
		"beside a journal": {
			before: journal, text: aJournal, change: exactlyOnce, others: map[string]Outcome{ExactlyOnce: OK},
		},
		"an empty journal": {
			before: journal, change: exactlyOnce, failed: ExactlyOnce, fix: "If it was changed by hand, correct it; if it is something else, move it away",
		},
		"a cut journal": {
			before: journal, text: aJournal[:20], change: exactlyOnce, failed: ExactlyOnce, fix: "If it was changed by hand",
		},
		"a journal of a newer version": {
			before: journal, text: `{"format": 2}`, change: exactlyOnce, failed: ExactlyOnce, fix: "Use that version, and leave the journal as it is",
		},
		"no place for a journal": {
			before: "bucket/_target_s3", change: exactlyOnce, failed: ExactlyOnce, fix: "A file is where a folder is needed",
		},
		"challenge": {
			before: "bucket/c", change: func(c *config.Config) { c.SentinelKey = "c" }, others: map[string]Outcome{ChallengeFile: OK},
		},
		"no challenge": {
			change: func(c *config.Config) { c.SentinelKey = "c" }, failed: ChallengeFile, fix: "Create it, or put it back, as an empty file",
		},
		"impossible challenge": {
			change: func(c *config.Config) { c.SentinelKey = "a/../b" }, failed: ChallengeFile, fix: "Correct sentinel_key",
		},
		"file for the bucket": {
			before: "bucket", failed: Bucket, fix: "A file is where a folder is needed",
			others: map[string]Outcome{Put: Skipped, ConditionalCreate: Skipped},
		},
		"file for the tables": {
			before: "bucket/singer", failed: Put, fix: "A file is where a folder is needed",
			others: map[string]Outcome{ConditionalCreate: Skipped},
		},
		"key too long": {
			change: func(c *config.Config) { c.IntegrationName = strings.Repeat("x", 600) }, failed: Settings, fix: "Correct s3_key_format_string",
			others: map[string]Outcome{Bucket: Skipped, Put: Skipped, ConditionalCreate: Skipped},
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			place := filepath.Join(dir, filepath.FromSlash(test.before))
			if test.before != "" && !strings.HasSuffix(test.before, "/") {
				if err := os.MkdirAll(filepath.Dir(place), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(place, []byte(test.text), 0o600); err != nil {
					t.Fatal(err)
				}
			} else if err := os.MkdirAll(place, 0o700); err != nil {
				t.Fatal(err)
			}
			before := tree(t, dir)
			c := folderLoader(dir)
			if test.change != nil {
				test.change(&c)
			}
			want := map[string]Outcome{ChallengeFile: Skipped}
			for name, o := range test.others {
				want[name] = o
			}
			if test.failed != "" {
				want[test.failed] = Failed
			}
			all := runAll(t, c)
			all.want(t, folderChecks, want)
			if got := all[test.failed].Fix; !strings.HasPrefix(got, test.fix) {
				t.Errorf("fix %q, want %q", got, test.fix)
			}
			if after := tree(t, dir); after != before {
				t.Errorf("%q has become %q", before, after)
			}
		})
	}
}
