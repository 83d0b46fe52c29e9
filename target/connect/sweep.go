package connect

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"target-s3/target/config"
	"target-s3/target/filestore"
	"target-s3/target/journal"
	"target-s3/target/store"
)

// ErrNoBeginning says that keys may begin with anything, so that uploads of a load
// look like those of anybody else.
var ErrNoBeginning = errors.New("the keys of these settings have no common beginning, and the uploads of other programs would be aborted with their own: " +
	"set s3_key_prefix, or begin s3_key_format_string with [integration_name]")

// Sweep is how what crashed loads left behind is removed: uploads that were neither
// completed nor aborted, and the hidden files of a folder.
type Sweep struct {
	Store     store.Store
	Config    config.Config
	OlderThan time.Duration // younger ones may belong to a load that runs
	DryRun    bool          // abort nothing
	Now       time.Time
}

// Leftover is an upload that is old enough.
type Leftover struct {
	store.Staged
	Age  time.Duration
	Kept bool  // an open journal names it: its commit was made
	Err  error // why it could not be aborted
}

// Swept are how many uploads there were of each kind.
type Swept struct{ Aborted, Kept, Young, Failed int }

// Run hands over each upload that is old enough, once it was aborted. The error is
// of what keeps all of them from being found or told apart.
func (s Sweep) Run(ctx context.Context, each func(Leftover)) (swept Swept, err error) {
	beginnings, err := s.Config.Beginnings()
	if err != nil {
		return swept, err
	}
	if beginnings[0] == "" {
		return swept, ErrNoBeginning
	}
	var old []Leftover
	for _, p := range s.places(beginnings) {
		more, young, failure := s.old(ctx, p)
		if swept.Young += young; failure != nil {
			err = failure
			break
		}
		old = append(old, more...)
	}
	if err != nil || len(old) == 0 {
		return swept, err
	}
	// After the uploads were listed: what is named since then was not old.
	named := make(map[string]bool)
	for prefix := range s.prefixes(old) {
		more, err := journal.Named(ctx, s.Store, prefix)
		if err != nil {
			return swept, err
		}
		maps.Copy(named, more)
	}
	for _, l := range old {
		switch l.Kept = named[l.Upload]; {
		case l.Kept:
			swept.Kept++
		case s.DryRun:
			swept.Aborted++
		default:
			l.Err = s.Store.Resume(store.Receipt{Key: l.Key, Upload: l.Upload}).Abort(ctx)
			if ctx.Err() != nil {
				return swept, context.Cause(ctx)
			}
			if l.Err != nil {
				swept.Failed++
			} else {
				swept.Aborted++
			}
		}
		each(l)
	}
	return swept, nil
}

// place is where loads stage: below all keys that begin so, or at one key alone.
type place struct {
	key   string
	alone bool
}

func (p place) has(key string) bool {
	return key == p.key || !p.alone && strings.HasPrefix(key, p.key)
}

// places are those of files and, in a folder, of journals that were to replace others, and
// of the file by which is tried whether files can be created.
func (s Sweep) places(beginnings []string) (all []place) {
	for _, b := range beginnings {
		all = append(all, place{key: b})
	}
	if _, isFolder := s.Config.FileRoot(); !isFolder {
		return all
	}
	journals := journal.Folder(s.Config.S3KeyPrefix)
	if !slices.ContainsFunc(all, func(p place) bool { return p.has(journals) }) {
		all = append(all, place{key: journals})
	}
	return append(all, place{filestore.ProbeKey, true})
}

// prefixes are those of all pipelines that may have begun the uploads, as far as it can be
// told: that of these settings, and each folder on the way to a key, since pipelines with
// other settings may write there as well.
func (s Sweep) prefixes(old []Leftover) map[string]bool {
	prefixes := map[string]bool{s.Config.S3KeyPrefix: true, "": true}
	for _, l := range old {
		for i, c := range l.Key {
			if c == '/' {
				prefixes[l.Key[:i+1]] = true
			}
		}
	}
	return prefixes
}

// old are the uploads that are old enough. One whose age the service does not tell
// is not.
func (s Sweep) old(ctx context.Context, p place) (old []Leftover, young int, err error) {
	for u, err := range s.Store.Uploads(ctx, p.key) {
		if err != nil {
			return nil, 0, err
		}
		if !p.has(u.Key) { // from a service that does not know prefixes
			continue
		}
		age := s.Now.Sub(u.Since)
		if u.Since.IsZero() || age < s.OlderThan {
			young++
			continue
		}
		old = append(old, Leftover{Staged: u, Age: age})
	}
	return old, young, nil
}
