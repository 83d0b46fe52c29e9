package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	pq "github.com/parquet-go/parquet-go"
	"github.com/rogpeppe/go-internal/testscript"
)

// cmdParquet prints the Parquet objects, each with its key above, as the library
// reads them: the columns with their types, and the rows as JSON.
func cmdParquet(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) > 0, "parquet")
	stdout := ts.Stdout()
	for _, o := range listObjects(ts) {
		if !strings.HasSuffix(o.key, ".parquet") {
			continue
		}
		fmt.Fprintf(stdout, "== %s\n", o.masked)
		content, err := os.Open(o.name)
		ts.Check(err)
		info, err := content.Stat()
		ts.Check(err)
		f, err := pq.OpenFile(content, info.Size())
		ts.Check(err)
		fmt.Fprintln(stdout, f.Schema())
		rows := pq.NewGenericReader[any](f)
		for range f.NumRows() {
			row := make([]any, 1)
			if n, err := rows.Read(row); n != 1 {
				ts.Fatalf("%s: %v", o.key, err)
			}
			text, err := json.Marshal(row[0])
			ts.Check(err)
			fmt.Fprintf(stdout, "%s\n", text)
		}
		_ = rows.Close()
		_ = content.Close()
	}
}
