package config

// Blame is the error for a setting that was read from these sources, and turned
// out to be wrong when it was used.
func Blame(name, problem string, sources ...Source) Errors {
	l := loader{entries: make(map[string]entry), failed: make(map[string]bool)}
	for _, src := range sources {
		l.add(src.read())
	}
	l.errs = nil
	l.fail(name, problem)
	return l.errs
}
