package generate

import (
	"fmt"
	"strconv"
)

// Schemas as taps write them: nullable types, sizes from the source's catalogue.
const (
	integerKey  = `{"type":["integer"],"minimum":-2147483648,"maximum":2147483647}`
	integerNull = `{"type":["null","integer"],"minimum":-2147483648,"maximum":2147483647}`
	bigintNull  = `{"type":["null","integer"],"minimum":-9223372036854775808,"maximum":9223372036854775807}`
	numericNull = `{"type":["null","number"],"exclusiveMaximum":true,"maximum":10000000000,"multipleOf":0.01,"exclusiveMinimum":true,"minimum":-10000000000}`
	floatNull   = `{"type":["null","number"]}`
	varchar     = `{"type":["null","string"],"maxLength":255}`
	textNull    = `{"type":["null","string"]}`
	momentNull  = `{"type":["null","string"],"format":"date-time"}`
	booleanNull = `{"type":["null","boolean"]}`
	object      = `{"type":["null","object"],"properties":{`
)

var tables = map[string]table{
	Narrow: {columns: []column{
		{"id", integerKey, id},
		{"customer_id", integerNull, number(100_000)},
		{"status", `{"type":["null","string"],"maxLength":20}`, choice("open", "shipped", "returned", "paid")},
		{"amount", `{"type":["null","number"],"multipleOf":0.01,"minimum":-10000000000,"maximum":10000000000}`, money},
		{"email", varchar, email},
		{"paid", booleanNull, boolean},
		{"note", textNull, sometimes(70, phrase(2, 8))},
		{"updated_at", momentNull, moment},
	}},
	Wide:   {columns: wideColumns(), closed: true},
	Nested: {columns: nestedColumns},
	Text: {closed: true, columns: []column{
		{"id", integerKey, id},
		{"title", `{"type":["null","string"],"maxLength":500}`, prose(3, 10)},
		{"body", textNull, prose(40, 400)},
		{"language", `{"type":["null","string"],"maxLength":2}`, choice("de", "en", "ja", "pl")},
		{"author", varchar, phrase(2, 2)},
		{"reply", textNull, sometimes(50, prose(10, 80))},
		{"score", floatNull, float},
		{"created_at", momentNull, moment},
	}},
}

// wideColumns are 60: a key and what columns of a database are, over and over.
func wideColumns() []column {
	types := []column{
		{"customer_id", integerNull, number(2_000_000)},
		{"name", varchar, phrase(1, 4)},
		{"created_at", momentNull, moment},
		{"amount", numericNull, money},
		{"code", `{"type":["null","string"],"maxLength":36}`, uuid},
		{"active", booleanNull, boolean},
		{"comment", textNull, sometimes(60, phrase(3, 12))},
		{"counter", bigintNull, number(1 << 60)},
		{"legacy", varchar, null},
		{"state", `{"type":["null","string"],"enum":[null,"new","open","closed"]}`, sometimes(10, choice("new", "open", "closed"))},
		{"factor", floatNull, float},
		{"email", varchar, sometimes(20, email)},
	}
	columns := []column{{"id", integerKey, id}}
	for n := 0; len(columns) < 60; n++ {
		c := types[n%len(types)]
		c.name += "_" + strconv.Itoa(1+n/len(types))
		columns = append(columns, c)
	}
	return columns
}

const addressFields = `"street":{"type":["null","string"]},"city":{"type":["null","string"]},"zip":{"type":["null","string"],"maxLength":10},"country":{"type":["null","string"],"maxLength":2}`

var nestedColumns = []column{
	{"id", integerKey, id},
	{"number", `{"type":["null","string"],"maxLength":36}`, uuid},
	{"created_at", momentNull, moment},
	{"customer", object + `"id":{"type":["null","integer"]},"email":{"type":["null","string"]},"address":` + object + addressFields + `}}}}`, customer},
	{"line_items", `{"type":["null","array"],"items":` + object + `"sku":{"type":["null","string"]},"quantity":{"type":["null","integer"],"minimum":0},` +
		`"price":{"type":["null","number"],"minimum":0},"tax_lines":{"type":["null","array"],"items":` + object + `"title":{"type":["null","string"]},"rate":{"type":["null","number"]}}}}}}}`, lineItems},
	{"tags", `{"type":["null","array"],"items":{"type":"string"}}`, tags},
	{"shipping", object + addressFields + `}}`, sometimes(30, address)},
	{"note", textNull, sometimes(60, prose(3, 20))},
	{"properties", `{"type":["null","object"],"additionalProperties":true}`, freeform},
	{"total", floatNull, money},
}

func address(g *generator, b []byte) []byte {
	b = append(b, '{')
	b = phrase(2, 3)(g, g.key(b, "street"))
	b = choice("Berlin", "Lyon", "Porto", "Oslo")(g, g.key(b, "city"))
	b = fmt.Appendf(g.key(b, "zip"), `"%05d"`, g.IntN(100_000))
	b = choice("DE", "FR", "PT", "NO")(g, g.key(b, "country"))
	return append(b, '}')
}

func customer(g *generator, b []byte) []byte {
	b = append(b, '{')
	b = number(100_000)(g, g.key(b, "id"))
	b = email(g, g.key(b, "email"))
	b = address(g, g.key(b, "address"))
	return append(b, '}')
}

func lineItems(g *generator, b []byte) []byte {
	return g.list(b, 1+g.IntN(4), func(b []byte) []byte {
		b = append(b, '{')
		b = fmt.Appendf(g.key(b, "sku"), `"SKU-%06d"`, g.IntN(1_000_000))
		b = number(20)(g, g.key(b, "quantity"))
		b = money(g, g.key(b, "price"))
		b = g.list(g.key(b, "tax_lines"), g.IntN(3), func(b []byte) []byte {
			b = append(b, '{')
			b = choice("VAT", "city", "state")(g, g.key(b, "title"))
			b = append(g.key(b, "rate"), "0.19"...)
			return append(b, '}')
		})
		return append(b, '}')
	})
}

func tags(g *generator, b []byte) []byte {
	return g.list(b, g.IntN(5), func(b []byte) []byte { return phrase(1, 1)(g, b) })
}

// freeform has members that no schema names.
func freeform(g *generator, b []byte) []byte {
	b = append(b, '{')
	for n := range g.IntN(4) {
		b = phrase(1, 2)(g, g.key(b, "utm_"+strconv.Itoa(n)))
	}
	return append(b, '}')
}

func (g *generator) list(b []byte, n int, element func([]byte) []byte) []byte {
	b = append(b, '[')
	for i := range n {
		if i > 0 {
			b = append(b, g.comma...)
		}
		b = element(b)
	}
	return append(b, ']')
}
