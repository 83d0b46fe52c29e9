package distribution

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Module is one whose code is in the binary.
type Module struct {
	Path, Version string
	License       string // its SPDX expression
	Files         []File // its licences and notices, by their paths within it
}

// File is a name and what is in the file.
type File struct {
	Name string
	Data []byte
}

// Licenses are the licences of several modules as one SPDX expression.
func Licenses(modules []Module) string {
	var all []string
	for _, m := range modules {
		all = append(all, strings.Split(m.License, " AND ")...)
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), " AND ")
}

// listed is what go list says of a package.
type listed struct {
	Dir, ImportPath string
	Standard        bool
	Module          *struct{ Path, Version, Dir string }
}

// Modules lists the modules that have packages in the program, Go's own library and
// the program itself among them, each with the licences that stand in the folders of
// those packages and above them.
func (p Platform) Modules(ctx context.Context, root, version string) ([]Module, error) {
	out, err := p.goTool(ctx, root, "list", "-deps", "-json=Dir,ImportPath,Standard,Module", "./cmd/"+Program)
	if err != nil {
		return nil, err
	}
	found := map[string]*collector{}
	decoder := json.NewDecoder(bytes.NewReader(out))
	for {
		var l listed
		if err := decoder.Decode(&l); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		if l.Module == nil {
			continue // of the standard library, which is added below
		}
		c := found[l.Module.Path]
		if c == nil {
			c = &collector{Module: Module{Path: l.Module.Path, Version: l.Module.Version}, root: l.Module.Dir, files: map[string][]byte{}}
			found[l.Module.Path] = c
		}
		if err := c.collect(l.Dir); err != nil {
			return nil, err
		}
	}
	if c := found[Program]; c != nil {
		c.Version = version
	}
	return p.complete(ctx, root, found)
}

// complete adds Go's library, and finds out what the licences are.
func (p Platform) complete(ctx context.Context, root string, found map[string]*collector) ([]Module, error) {
	env, err := p.goTool(ctx, root, "env", "GOROOT", "GOVERSION")
	if err != nil {
		return nil, err
	}
	dir, version, _ := strings.Cut(strings.TrimSpace(string(env)), "\n")
	std := &collector{Module: Module{Path: "std", Version: strings.TrimPrefix(strings.TrimSpace(version), "go")}, root: strings.TrimSpace(dir), files: map[string][]byte{}}
	if err := std.collect(std.root); err != nil {
		return nil, err
	}
	found["std"] = std
	modules := make([]Module, 0, len(found))
	for _, c := range found {
		m, err := c.module()
		if err != nil {
			return nil, err
		}
		modules = append(modules, m)
	}
	slices.SortFunc(modules, func(a, b Module) int { return strings.Compare(a.Path, b.Path) })
	return modules, nil
}

// collector gathers the licences of a module.
type collector struct {
	Module
	root  string
	files map[string][]byte // by path within the module
}

var licenseName = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)([.-].*)?$`)

// collect takes the licences of a folder and of those above it in the module.
func (c *collector) collect(dir string) error {
	for {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if e.IsDir() || !licenseName.MatchString(e.Name()) || strings.HasSuffix(e.Name(), ".go") {
				continue
			}
			file := filepath.Join(dir, e.Name())
			name, err := filepath.Rel(c.root, file)
			if err != nil {
				return err
			}
			if c.files[filepath.ToSlash(name)], err = os.ReadFile(file); err != nil {
				return err
			}
		}
		if dir == c.root || dir == filepath.Dir(dir) {
			return nil
		}
		dir = filepath.Dir(dir)
	}
}

func (c *collector) module() (Module, error) {
	m, known := c.Module, []string{}
	for name, data := range c.files {
		m.Files = append(m.Files, File{name, data})
		base := strings.ToLower(path.Base(name))
		if strings.HasPrefix(base, "notice") || strings.HasPrefix(base, "patents") {
			continue // they come beside a licence
		}
		ids := identify(data)
		if len(ids) == 0 {
			return m, fmt.Errorf("%s: the licence in %s is none that is known here", c.Path, name)
		}
		known = append(known, ids...)
	}
	if len(known) == 0 {
		return m, fmt.Errorf("%s has no licence in %s", c.Path, c.root)
	}
	slices.Sort(known)
	m.License = strings.Join(slices.Compact(known), " AND ")
	slices.SortFunc(m.Files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return m, nil
}

// identify finds licences by a sentence that each has, and no other.
func identify(text []byte) []string {
	words := strings.Join(strings.Fields(string(text)), " ")
	var ids []string
	add := func(id string, sentences ...string) {
		for _, s := range sentences {
			if !strings.Contains(words, s) {
				return
			}
		}
		ids = append(ids, id)
	}
	add("Apache-2.0", "Apache License", "Version 2.0")
	add("MIT", "Permission is hereby granted, free of charge, to any person obtaining a copy of this software")
	add("MPL-2.0", "Mozilla Public License Version 2.0")
	add("ISC", "Permission to use, copy, modify, and/or distribute this software for any purpose")
	add("ISC", "Permission to use, copy, modify, and distribute this software for any purpose")
	if strings.Contains(words, "Redistribution and use in source and binary forms") {
		if strings.Contains(words, "endorse or promote products derived from") {
			ids = append(ids, "BSD-3-Clause")
		} else {
			ids = append(ids, "BSD-2-Clause")
		}
	}
	return ids
}
