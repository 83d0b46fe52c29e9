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
	tables      int
	loads       int  // that load rows of their own; 0: one
	large       bool // one of the tables has files of more than one part
}

var tables = []string{"customers", stricken, "items"}

const rowsEach = 4 // of a table in a checkpoint

// largeRow makes a file of more than one part with a few rows.
const largeRow = 2 << 20

// rows is how many rows there are.
func (in input) rows() int { return max(1, in.loads) * in.ofLoad() }

func (in input) ofLoad() int { return in.checkpoints * in.ofCheckpoint() }

func (in input) ofCheckpoint() int { return in.tables * rowsEach }

// checkpointOf is the checkpoint that brings a row.
func (in input) checkpointOf(row int) int { return row % in.ofLoad() / in.ofCheckpoint() }

// write is the tap of a load, from a checkpoint on.
func (in input) write(w io.Writer, load, from int) error {
	b := bufio.NewWriter(w)
	for _, table := range tables[:in.tables] {
		fmt.Fprintf(b, `{"type": "SCHEMA", "stream": %q, "key_properties": ["id"], "schema": {"properties": {"id": {"type": "integer"}}}}`+"\n", table)
	}
	row := load*in.ofLoad() + from*in.ofCheckpoint()
	for c := from; c < in.checkpoints; c++ {
		for n, table := range tables[:in.tables] {
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
