package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"target-s3/singer/printable"
)

// refuseEmpty refuses a flag without a value, as a script gives it whose variable is not
// set. Without its ID a load with --once would be one that may be done twice.
func refuseEmpty(cmd *cobra.Command, _ []string) error {
	var problems []error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		if slices.Contains(values, "") {
			what, _ := pflag.UnquoteUsage(f)
			problems = append(problems, fmt.Errorf("--%s is empty: give %s, or leave --%s out; in a script the variable may not be set", f.Name, what, f.Name))
		}
	})
	if err := errors.Join(problems...); err != nil {
		return &usageError{err}
	}
	return nil
}

// named is a file that a flag names.
type named struct{ flag, file string }

// refuseSame refuses a file that the load writes where another flag names it as well: it
// would be replaced, and with it the settings, or the input before it is read. The state
// file may be the state that the tap was given, which was read by then.
func (f flags) refuseSame() error {
	written := []named{{"--state-file", f.stateFile}, {"--report", f.report}, {"--metrics", f.metrics}}
	all := append(slices.Clone(written), named{"--tap-state", f.tapState}, named{"--schemas", f.schemas})
	for _, name := range f.configs {
		if name != fromEnv {
			all = append(all, named{"--config", name})
		}
	}
	for _, name := range f.inputs {
		all = append(all, named{"--input", name})
	}
	for i, w := range written {
		for _, other := range all[i+1:] {
			if w.flag == "--state-file" && other.flag == "--tap-state" || !sameFile(w.file, other.file) {
				continue
			}
			return &usageError{fmt.Errorf("%s %s is the same file as that of %s, and would replace it: give each a file of its own; nothing was read",
				w.flag, printable.Line(w.file), other.flag)}
		}
	}
	return nil
}

// sameFile reports whether two names are those of one file, which need not exist yet.
func sameFile(a, b string) bool {
	if a == "" || b == "" {
		return false
	}
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	if errA == nil && errB == nil {
		return os.SameFile(infoA, infoB)
	}
	return resolved(a) == resolved(b)
}

// resolved is a name by which a file is known, as far as it can be told.
func resolved(name string) string {
	name, _ = linked(name)
	dir, err := filepath.EvalSymlinks(filepath.Dir(name))
	if err == nil {
		dir, err = filepath.Abs(dir)
	}
	if err != nil {
		return name
	}
	return filepath.Join(dir, filepath.Base(name))
}
