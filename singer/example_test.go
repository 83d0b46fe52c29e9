package singer_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"target-s3/singer"
)

func ExampleReader() {
	input := strings.NewReader(`{"type":"SCHEMA","stream":"orders","schema":{},"key_properties":["id"]}
{"type":"RECORD","stream":"orders","record":{"id":1}}
{"type":"STATE","value":{"orders":1}}
`)
	reader := singer.NewReader(input, 1<<20)
	var parser singer.Parser
	var message singer.Message
	for {
		block, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		for line := range bytes.Lines(block.Data) {
			if err := parser.Parse(line, &message); err != nil {
				fmt.Println(err)
				return
			}
			switch message.Kind {
			case singer.Record:
				fmt.Printf("record %s\n", message.Record)
			case singer.State:
				fmt.Printf("state %s\n", message.Value)
			default:
				fmt.Printf("%s\n", message.Type)
			}
		}
		reader.Free(block)
	}
	// Output:
	// "SCHEMA"
	// record {"id":1}
	// state {"orders":1}
}
