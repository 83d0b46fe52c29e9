package objectkey_test

import (
	"fmt"
	"time"

	"target-s3/target/objectkey"
)

func ExampleParse() {
	template, err := objectkey.Parse("[integration_name]/[table_name]/day=[year_loaded]-[month_loaded]-[day_loaded]/[table_version]_[timestamp_loaded]")
	if err != nil {
		fmt.Println(err)
		return
	}
	key, err := template.Render(objectkey.Values{
		Integration: objectkey.SafeName("shop"), Table: objectkey.TableName("orders"), Version: 1,
		Loaded: time.UnixMilli(1795411950423), Extension: "jsonl.gz",
	})
	fmt.Println(key, err)
	// Output: shop/orders/day=2026-11-23/1_1795411950423.jsonl.gz <nil>
}

func ExampleParse_mistakes() {
	_, err := objectkey.Parse("[table_name]/my files/[timestamp_loaded]")
	fmt.Println(err)
	// Output: key template "[table_name]/my files/[timestamp_loaded]": required and missing: [integration_name] [table_version]; spaces are not allowed: use _ or -
}

func ExampleTableName() {
	fmt.Println(objectkey.TableName("orders"), objectkey.TableName("a b"))
	// Output: orders a_b-c8687a08
}
