package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"target-s3/target"
	"target-s3/target/config"
	"target-s3/target/connect"
	"target-s3/target/storetest/versitygw"
)

// Eight loads of one table that begin in the same millisecond all end well, and
// every row is there once. TEST_TARGET_S3_TOGETHER says how many times.
func TestLoadsTogether(t *testing.T) {
	rounds := 3
	if testing.Short() {
		rounds = 1
	}
	if text := os.Getenv("TEST_TARGET_S3_TOGETHER"); text != "" {
		var err error
		if rounds, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("folder", func(t *testing.T) {
		dir := t.TempDir()
		for range rounds {
			files := loadTogether(t, map[string]string{"s3_bucket": "bucket", "aws_endpoint_url": "file:" + dir}, func(key string) string {
				text, err := os.ReadFile(filepath.Join(dir, "bucket", key))
				if err != nil {
					t.Fatal(err)
				}
				return string(text)
			}, func() []string {
				keys, err := filepath.Glob(filepath.Join(dir, "bucket", "singer", "orders", "*"))
				if err != nil {
					t.Fatal(err)
				}
				for i, key := range keys {
					keys[i], _ = filepath.Rel(filepath.Join(dir, "bucket"), key)
				}
				return keys
			})
			for _, file := range files {
				if err := os.Remove(filepath.Join(dir, "bucket", file)); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
	t.Run("S3", func(t *testing.T) {
		server := versitygw.Start(t)
		for round := range rounds {
			bucket := fmt.Sprintf("bucket-%d", round)
			server.CreateBucket(t, bucket)
			loadTogether(t, map[string]string{
				"s3_bucket": bucket, "aws_endpoint_url": server.Endpoint, "aws_region": server.Region,
				"aws_access_key_id": server.AccessKey, "aws_secret_access_key": server.SecretKey,
			}, func(key string) string {
				return string(server.Get(t, bucket, key).Content)
			}, func() []string {
				return server.Keys(t, bucket)
			})
		}
	})
}

const (
	together = 8
	// commits of each load, so that keys of one run are also in each other's way.
	commits = 3
	rows    = 10 // of each commit
)

// loadTogether starts the loads, checks what they have written, and returns its
// keys.
func loadTogether(t *testing.T, settings map[string]string, read func(key string) string, list func() []string) []string {
	t.Helper()
	moment := time.Now().Truncate(time.Second) // so that all keys are of that second
	start := make(chan struct{})
	var all sync.WaitGroup
	for n := range together {
		all.Go(func() {
			<-start
			if err := loadAt(t, moment, settings, togetherInput(n)); err != nil {
				t.Errorf("load %d: %v", n, err)
			}
		})
	}
	close(start)
	all.Wait()

	seen := map[string]int{}
	keys := list()
	for _, key := range keys {
		for line := range strings.Lines(read(key)) {
			seen[line]++
			if want := `"_sdc_batched_at":"` + moment.UTC().Format("2006-01-02T15:04:05"); !strings.Contains(line, want) {
				t.Errorf("%s: %s lacks %s", key, line, want)
			}
		}
	}
	ids := map[string]int{}
	for line, n := range seen {
		_, id, _ := strings.Cut(line, `{"id":`)
		id, _, _ = strings.Cut(id, ",")
		ids[id] += n
	}
	for id := range together * commits * rows {
		if n := ids[strconv.Itoa(id)]; n != 1 {
			t.Errorf("row %d is there %d times", id, n)
		}
	}
	if len(keys) != together*commits {
		t.Errorf("%d objects, want %d", len(keys), together*commits)
	}
	return keys
}

func togetherInput(load int) string {
	var b strings.Builder
	b.WriteString(`{"type":"SCHEMA","stream":"orders","schema":{"properties":{"id":{"type":"integer"}}},"key_properties":["id"]}` + "\n")
	for commit := range commits {
		for row := range rows {
			fmt.Fprintf(&b, `{"type":"RECORD","stream":"orders","record":{"id":%d}}`+"\n", (load*commits+commit)*rows+row)
		}
		fmt.Fprintf(&b, `{"type":"STATE","value":{"commit":%d}}`+"\n", commit)
	}
	return b.String()
}

// loadAt loads with a clock that stands still.
func loadAt(t *testing.T, moment time.Time, settings map[string]string, input string) error {
	t.Helper()
	c := config.Default()
	for name, text := range settings {
		s, ok := config.Lookup(name)
		if !ok {
			t.Fatalf("no setting %s", name)
		}
		if err := s.Set(&c, text); err != nil {
			return err
		}
	}
	c.BatchWaitLimit = 0 // commit at each STATE
	c.RunID = config.NewRunID()
	log := slog.New(slog.DiscardHandler)
	store, closeStore, err := connect.Open(t.Context(), c, log)
	if err != nil {
		return err
	}
	defer closeStore()
	_, err = target.Load(t.Context(), strings.NewReader(input), nil, target.Options{
		Config: c, Store: store, State: io.Discard, RunKey: newRunKey(), Now: func() time.Time { return moment },
	})
	return err
}
