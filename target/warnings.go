package target

import (
	"slices"
	"strings"

	"target-s3/target/objectkey"
)

// warn says what a stream's schema makes hard for those who query its files.
func (r *registry) warn(s *stream) {
	partitions := objectkey.Partitions(r.config.S3KeyPrefix + r.config.S3KeyFormatString)
	for _, f := range s.schema.Fields() {
		if s.tables != nil && f.Fields != nil && slices.Contains(s.schema.Keys(), f.Name) {
			r.log.Warn("key property is an object; CSV has a column for each of its properties, in subtables too", "stream", s.name, "key", f.Name)
		}
		for _, name := range partitions {
			if strings.EqualFold(name, f.Name) {
				r.log.Warn("property has the name of a folder in the object key; engines that read name=value as a column show that in its place, so rename the one in s3_key_format_string", "stream", s.name, "property", f.Name, "folder", name+"=")
			}
		}
	}
}
