package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// document puts the tables into the page of the benchmarks, between marks, and the
// pictures beside it, so that nobody copies figures by hand.
func (res *results) document(docs string) error {
	path := filepath.Join(docs, "benchmarks.md")
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text := string(page)
	for _, block := range []struct {
		name  string
		print func(*strings.Builder)
	}{
		{"machine", func(b *strings.Builder) {
			fmt.Fprintf(b, "\n%s; %s; medians of %d rounds.\n", res.Date, res.Machine, res.Rounds)
		}},
		{"throughput", res.printThroughput},
		{"growth", res.printGrowth},
		{"reach", res.printReach},
	} {
		var b strings.Builder
		block.print(&b)
		if text, err = replaceBlock(text, block.name, b.String()); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	for name, picture := range map[string]string{"bench-throughput.svg": res.throughputPicture(), "bench-growth.svg": res.growthPicture()} {
		if err := os.WriteFile(filepath.Join(docs, "pictures", name), []byte(picture), 0o666); err != nil {
			return err
		}
	}
	return os.WriteFile(path, []byte(text), 0o666)
}

// replaceBlock puts text between <!-- bench: NAME --> and <!-- bench: end -->.
func replaceBlock(page, name, text string) (string, error) {
	mark, end := "<!-- bench: "+name+" -->\n", "<!-- bench: end -->"
	before, rest, ok := strings.Cut(page, mark)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return "", fmt.Errorf("there is no block %q", name)
	}
	return before + mark + text + "\n" + end + after, nil
}
