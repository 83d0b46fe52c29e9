package target

import (
	"slices"
	"strings"

	"target-s3/target/objectkey"
)

// warn says what a stream's schema makes hard for those who query its files.
func (r *registry) warn(s *stream) {
	c := &s.settings.config
	partitions := objectkey.Partitions(c.S3KeyPrefix + c.S3KeyFormatString)
	if s.tables == nil && len(partitions) == 0 {
		return // and need not know the fields
	}
	if s.tables != nil && len(s.schema.Keys()) == 0 && !c.AddRecordMetadata {
		r.tell(NotJoined{s.name})
	}
	for _, f := range s.schema.Fields() {
		if s.tables != nil && f.Fields != nil && slices.Contains(s.schema.Keys(), f.Name) {
			r.tell(ObjectKey{s.name, f.Name})
		}
		for _, name := range partitions {
			if strings.EqualFold(name, f.Name) && !shows(c.S3KeyFormatString, f.Name) {
				r.tell(FolderName{s.name, f.Name, name})
			}
		}
	}
}
