package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// input is what a tap that can go on from a state has to say: rows of three tables,
// with a state after each checkpoint of them. A state is the number of checkpoints
// that it covers.
type input struct {
	checkpoints int
	large       bool // one of the tables has files of more than one part
}

var tables = []string{"customers", "orders", "items"}

const rowsEach = 4 // of a table in a checkpoint

// largeRow makes a file of more than one part with a few rows.
const largeRow = 2 << 20

// rows is how many rows there are.
func (in input) rows() int { return in.checkpoints * len(tables) * rowsEach }

// checkpointOf is the checkpoint that brings a row.
func (in input) checkpointOf(row int) int { return row / (len(tables) * rowsEach) }

// write is the tap.
func (in input) write(w io.Writer, from int) error {
	b := bufio.NewWriter(w)
	for _, table := range tables {
		fmt.Fprintf(b, `{"type": "SCHEMA", "stream": %q, "key_properties": ["id"], "schema": {"properties": {"id": {"type": "integer"}}}}`+"\n", table)
	}
	row := from * len(tables) * rowsEach
	for c := from; c < in.checkpoints; c++ {
		for n, table := range tables {
			size := 20
			if in.large && n == 0 && c%2 == 1 {
				size = largeRow
			}
			for range rowsEach {
				fmt.Fprintf(b, `{"type": "RECORD", "stream": %q, "record": {"id": %d, "text": %q}}`+"\n", table, row, strings.Repeat("x", size))
				row++
			}
		}
		fmt.Fprintf(b, `{"type": "STATE", "value": {"next": %d}}`+"\n", c+1)
	}
	return b.Flush()
}

// nextOf is the checkpoint that a state says is next.
func nextOf(state string) (int, error) {
	var s struct{ Next *int }
	if err := json.Unmarshal([]byte(state), &s); err != nil {
		return 0, fmt.Errorf("state %q: %w", state, err)
	}
	if s.Next == nil {
		return 0, nil
	}
	return *s.Next, nil
}
