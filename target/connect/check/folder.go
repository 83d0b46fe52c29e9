package check

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"target-s3/target/filestore"
	"target-s3/target/journal"
	"target-s3/target/s3store"
	"target-s3/target/store"
)

// folder checks a folder that stands for S3.
func (r *run) folder(ctx context.Context, dir string) {
	if !r.settings(ctx) {
		r.notTried(ctx, Settings, Bucket, Put, ConditionalCreate, ChallengeFile, ExactlyOnce)
		return
	}
	place := filepath.Join(dir, r.c.S3Bucket)
	made := missing(filepath.Join(place, filepath.Dir(filepath.FromSlash(r.key))))
	store, err := filestore.New(dir, r.c.S3Bucket)
	defer removeFolders(made)
	if err != nil {
		r.failFolder(ctx, Bucket, err)
		r.notTried(ctx, Bucket, Put, ConditionalCreate, ChallengeFile, ExactlyOnce)
		return
	}
	defer func() { _ = store.Close() }()
	detail := filepath.ToSlash(place) + " is there, and files can be created in it"
	if slices.Contains(made, place) {
		detail = filepath.ToSlash(place) + " does not exist; it can be created, and was removed again"
	}
	r.ok(ctx, Bucket, detail)
	r.files(ctx, store)
	r.challengeFile(ctx, store)
	r.journalFile(ctx, store)
}

// files creates a file twice and removes it.
func (r *run) files(ctx context.Context, folder *filestore.Store) {
	place := folder.Location(r.key)
	create := func() error {
		u := folder.Create(store.Object{Key: r.key})
		err := store.Commit(ctx, u, store.Part{Body: bytes.NewReader(nil)})
		return errors.Join(err, u.Abort(ctx))
	}
	if err := create(); err != nil {
		r.failFolder(ctx, Put, err)
		r.notTried(ctx, Put, ConditionalCreate)
		return
	}
	again := create()
	leftover := ""
	if err := os.Remove(place); err != nil {
		leftover = "The check leaves an empty file behind, which may be deleted: " + place
	}
	r.emit(ctx, Result{Name: Put, Outcome: OK, Detail: place + " was written and removed", Fix: leftover})
	switch {
	case errors.Is(again, fs.ErrExist):
		r.ok(ctx, ConditionalCreate, "a file that exists was not overwritten")
	case again == nil:
		r.emit(ctx, Result{Name: ConditionalCreate, Outcome: Failed, Detail: place + " was created twice", Fix: "Use a folder on another file system"})
	default:
		r.failFolder(ctx, ConditionalCreate, again)
	}
}

// journalFile replaces a file on conditions, in a folder of its own.
func (r *run) journalFile(ctx context.Context, folder *filestore.Store) {
	if r.c.ExactlyOnce == "" {
		r.skip(ctx, ExactlyOnce, notExactlyOnce)
		return
	}
	if err := r.readJournal(ctx, folder); err != nil {
		if !r.emitUnreadable(ctx, err) {
			r.failFolder(ctx, ExactlyOnce, err)
		}
		return
	}
	key := journal.Key(r.c.S3KeyPrefix, "check-"+r.token+"/journal")
	dir := filepath.Dir(folder.Location(key))
	made := missing(dir)
	defer removeFolders(made)
	defer func() { _ = os.RemoveAll(dir) }() // it is ours alone
	if _, err := folder.Replace(ctx, key, nil, ""); err != nil {
		r.failFolder(ctx, ExactlyOnce, err)
		return
	}
	switch _, err := folder.Replace(ctx, key, nil, ""); {
	case errors.Is(err, store.ErrChanged):
		r.ok(ctx, ExactlyOnce, "possible: a file was replaced only on its condition")
	case err == nil:
		r.emit(ctx, Result{Name: ExactlyOnce, Outcome: Failed, Detail: folder.Location(key) + " was created twice", Fix: "Use a folder on another file system, or remove exactly_once"})
	default:
		r.failFolder(ctx, ExactlyOnce, err)
	}
}

func (r *run) challengeFile(ctx context.Context, store *filestore.Store) {
	key := r.c.SentinelKey
	if key == "" {
		r.skip(ctx, ChallengeFile, "sentinel_key is not set")
		return
	}
	err := store.Head(ctx, key)
	switch {
	case err == nil:
		r.ok(ctx, ChallengeFile, store.Location(key)+" is there")
	case errors.Is(err, fs.ErrNotExist):
		r.emit(ctx, Result{
			Name: ChallengeFile, Outcome: Failed, Fix: "Create it, or put it back, as an empty file, or correct sentinel_key",
			Detail: s3store.NotFound + " (" + store.Location(key) + ")",
		})
	default:
		r.failFolder(ctx, ChallengeFile, err)
	}
}

func (r *run) failFolder(ctx context.Context, name string, err error) {
	v := Result{Name: name, Outcome: Failed, Detail: err.Error(), Fix: "Use another folder (aws_endpoint_url)"}
	if name == ChallengeFile {
		v.Fix = "Correct sentinel_key, or the rights in that folder"
	}
	var known *filestore.Error
	if errors.As(err, &known) && known.Advice != "" {
		bare := *known
		bare.Advice = ""
		v.Detail, v.Fix = bare.Error(), strings.ToUpper(known.Advice[:1])+known.Advice[1:]
	}
	r.emit(ctx, v)
}

// missing are the folders on the way down to dir that do not exist, the lowest
// first.
func missing(dir string) (dirs []string) {
	for {
		if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
			return dirs
		}
		dirs = append(dirs, dir)
		parent := filepath.Dir(dir)
		if parent == dir {
			return dirs
		}
		dir = parent
	}
}

// removeFolders removes those that are empty: in others somebody else has begun
// to store files.
func removeFolders(dirs []string) {
	for _, dir := range dirs {
		_ = os.Remove(dir)
	}
}
