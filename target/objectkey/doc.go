// Package objectkey turns the setting s3_key_format_string into object keys. It
// does no I/O.
//
// A template is text with elements in square brackets. [integration_name],
// [table_name], [table_version] and [timestamp_loaded] are required, in any
// order; [year_loaded], [month_loaded], [day_loaded], [hour_loaded], [run_id] and
// the extension [csv|jsonl] are optional. The extension occurs once at most, and is
// appended where the template has none.
//
// The text may hold every printable ASCII character but the space,
// !@#$%^&* and the backslash. Empty segments and the segments "." and ".." are
// refused, and so are a slash at either end: Amazon S3 would take such keys, but
// file stores and many tools cannot. Characters outside ASCII are refused for
// the same reason: they have several spellings that look the same.
package objectkey
