// Package singer reads the Singer protocol: one JSON object a line, whose
// member "type" says what it is (SCHEMA, RECORD, STATE, ACTIVATE_VERSION,
// BATCH). It knows nothing of where the records go.
//
// A [Reader] cuts the input into blocks of whole lines, [PlainRecord] tells the
// records among them without a full scan, and a [Parser] takes one line apart.
// Bytes of values are handed on as they came. A [LineError] carries the place
// of what is wrong, and a [StateWriter] writes states, the only thing that ever
// goes to the standard output of a target.
package singer
