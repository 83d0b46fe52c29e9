// Package ddl prints what query engines need to read the files of a load: tables, the
// folders of their keys as partition columns, views.
//
// A Table says, in the terms of no engine, what the files of a stream or of a subtable
// are: columns, in the order and with the names and kinds that package format gives
// them, and the folders of their keys. A dialect makes statements of it; each family
// of engines has a file.
//
// Names are the tap's, and so anything. What an engine cannot call a column is renamed
// where it finds columns by their place, and else left out, with a comment. Nothing
// gets into a statement but through the functions of quote.go.
package ddl
