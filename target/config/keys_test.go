package config

import (
	"fmt"
	"testing"
	"time"

	"target-s3/target/objectkey"
)

func TestKeys(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	for _, test := range []struct{ prefix, template, key, folder, beginning string }{
		{"", objectkey.Default, "shop/orders/2_1772600767000.jsonl.gz", "shop/", "shop/"},
		{"lake/", "[table_name]/[integration_name]_[table_version]_[timestamp_loaded]", "lake/orders/shop_2_1772600767000.jsonl.gz", "lake/", "lake/"},
		{"lake-", "[year_loaded]/x[table_name]/[integration_name][table_version]_[timestamp_loaded]_[run_id].[csv|jsonl]", "lake-2026/xorders/shop2_1772600767000_r1.jsonl.gz", "lake-2026/", "lake-"},
		{"", "[table_name]_[integration_name]_[table_version]_[timestamp_loaded]", "orders_shop_2_1772600767000.jsonl.gz", "", ""},
	} {
		c := Default()
		c.S3KeyPrefix, c.S3KeyFormatString = test.prefix, test.template
		c.IntegrationName, c.RunID, c.Compression = "shop", "r1", CompressionGzip
		keys, err := c.Keys()
		if err != nil {
			t.Fatal(err)
		}
		if key, err := keys.Render(objectkey.Values{Table: "orders", Version: 2, Loaded: at}); key != test.key || err != nil {
			t.Errorf("%s: key %q, %v", test.template, key, err)
		}
		if beginning := keys.Beginning(); beginning != test.beginning {
			t.Errorf("%s: beginning %q", test.template, beginning)
		}
		if folder, err := keys.Folder(at); folder != test.folder || err != nil {
			t.Errorf("%s: folder %q, %v", test.template, folder, err)
		}
	}
	if _, err := (Config{S3KeyFormatString: "[nonsense]"}).Keys(); err == nil {
		t.Error("keys of a template that is wrong")
	}
}

// TestBeginnings has the settings of some streams begin their keys elsewhere.
func TestBeginnings(t *testing.T) {
	for _, test := range []struct{ prefixes, want, common string }{
		{`{}`, `[lake/shop/]`, "lake/shop/"},
		{`{"a":{"s3_key_prefix":"lake/shop/"}}`, `[lake/shop/]`, "lake/shop/"},
		{`{"a":{"s3_key_prefix":"lark/"},"b":{"s3_key_prefix":"lake/"}}`, `[lake/shop/ lark/shop/]`, "la"},
		{`{"a":{"s3_key_prefix":"other/"}}`, `[lake/shop/ other/shop/]`, ""},
		{`{"a":{"s3_key_prefix":"x/","s3_key_format_string":"[table_name]/[integration_name]/[table_version]_[timestamp_loaded]"}}`, `[lake/shop/ x/]`, ""},
	} {
		c, _, err := Load(JSON("c", []byte(`{"s3_bucket":"bucket","integration_name":"shop","s3_key_prefix":"lake/","streams":`+test.prefixes+`}`)))
		if err != nil {
			t.Fatal(err)
		}
		all, err := c.Beginnings()
		if got := fmt.Sprint(all); got != test.want || err != nil || c.Beginning() != test.common {
			t.Errorf("%s: %s, %v, in common %q; want %s and %q", test.prefixes, got, err, c.Beginning(), test.want, test.common)
		}
	}
}
