package config

import (
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
