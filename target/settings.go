package target

import (
	"slices"
	"sync"

	"target-s3/target/compress"
	"target-s3/target/config"
	"target-s3/target/format/parquet"
	"target-s3/target/staging"
)

// settings are those for some streams, and what is made of them once.
type settings struct {
	config config.Config
	keys   config.Keys
	codec  compress.Codec // nil: none
	pages  *parquet.Pages // nil: the files are not Parquet
	sizes  staging.Sizes
}

func newSettings(c config.Config, workers int, spare *parquet.Spare) (s *settings, err error) {
	s = &settings{config: c}
	if s.keys, err = c.Keys(); err != nil {
		return nil, err
	}
	if c.OutputFileFormat == config.FormatParquet { // which compresses within its files
		s.pages, err = parquet.NewPages(c.Compression, c.CompressionLevel, spare)
	} else {
		s.codec, err = compress.New(c.Compression, c.CompressionLevel, workers)
	}
	s.sizes.File = c.BatchSizeBytes
	s.sizes.Group, s.sizes.WideGroup, s.sizes.GroupLag = groupLimits(c.MemoryLimitBytes, c.BatchSizeBytes)
	return s, err
}

// fails reports whether the first invalid record ends the input.
func (s *settings) fails() bool { return s.config.InvalidRecords == config.InvalidFail }

// allSettings finds the settings of streams.
type allSettings struct {
	base     *settings
	patterns map[string]*settings

	mu    sync.Mutex
	unmet []string // patterns that no stream has met
}

func newAllSettings(c config.Config, workers int) (*allSettings, error) {
	spare := new(parquet.Spare) // one, or every pattern would keep as much
	base, err := newSettings(c, workers, spare)
	if err != nil {
		return nil, err
	}
	all := &allSettings{base: base, patterns: map[string]*settings{}, unmet: c.Streams.Patterns()}
	for _, pattern := range all.unmet {
		if all.patterns[pattern], err = newSettings(c.Streams.Of(pattern), workers, spare); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// of are the settings for a stream.
func (a *allSettings) of(stream string) *settings {
	pattern, ok := a.base.config.Streams.Pattern(stream)
	if !ok {
		return a.base
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.unmet = slices.DeleteFunc(a.unmet, func(p string) bool { return p == pattern })
	return a.patterns[pattern]
}

// notMet are the patterns that no stream has met so far.
func (a *allSettings) notMet() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.unmet)
}

// validates reports whether records of any stream are put to their schema.
func (a *allSettings) validates() bool {
	for _, s := range a.patterns {
		if s.config.ValidateRecords {
			return true
		}
	}
	return a.base.config.ValidateRecords
}

// largestFile is the batch_size_bytes of the streams that have the largest.
func (a *allSettings) largestFile() int64 {
	most := a.base.sizes.File
	for _, s := range a.patterns {
		most = max(most, s.sizes.File)
	}
	return most
}
