package target_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"target-s3/target"
	"target-s3/target/config"
	"target-s3/target/storetest"
)

func ExampleLoad() {
	input := strings.NewReader(`{"type":"SCHEMA","stream":"orders","schema":{"properties":{"id":{"type":"integer"}}},"key_properties":["id"]}
{"type":"RECORD","stream":"orders","record":{"id":1}}
{"type":"RECORD","stream":"orders","record":{"id":2}}
{"type":"STATE","value":{"orders":2}}
`)
	settings, _, err := config.Load(config.JSON("config.json", []byte(
		`{"s3_bucket": "example-lake", "integration_name": "shop", "add_record_metadata": false}`)))
	if err != nil {
		fmt.Println(err)
		return
	}
	store := storetest.NewMemory()
	summary, err := target.Load(context.Background(), input, nil, target.Options{
		Config: settings, Store: store, State: os.Stdout,
		Now: func() time.Time { return time.UnixMilli(1795411950423) },
	})
	fmt.Println(summary.Records, "records", err)
	for _, key := range store.Keys() {
		text, _ := store.Object(key)
		fmt.Printf("%s\n%s", key, text)
	}
	// Output:
	// {"orders":2}
	// 2 records <nil>
	// shop/orders/1_1795411950423.jsonl
	// {"id":1}
	// {"id":2}
}
