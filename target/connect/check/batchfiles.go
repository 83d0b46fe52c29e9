package check

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"target-s3/target/connect/policy"
	"target-s3/target/roots"
	"target-s3/target/s3store"
)

// batchFiles tries to read below those roots of batch_roots that are in a bucket. A
// folder may be made by the tap while it runs.
func (p *privileges) batchFiles(ctx context.Context) {
	var readable []string
	for _, root := range p.c.Roots() {
		if root.Bucket == "" {
			continue
		}
		err := p.readBelow(ctx, root)
		switch {
		case errors.Is(err, errNoList):
			p.skip(ctx, BatchFiles, "cannot be told for "+root.String()+" while s3:ListBucket is missing there: without it S3 does not say that an object does not exist (target-s3 policy prints the policy)")
			return
		case err != nil:
			p.emit(ctx, Result{Name: BatchFiles, Outcome: Failed, Detail: describe(err), Code: code(err), Fix: p.fixBatchFiles(root, err)})
			return
		}
		readable = append(readable, root.String())
	}
	if readable != nil {
		p.ok(ctx, BatchFiles, "may be read below "+strings.Join(readable, ", "))
	}
}

// errNoList says that a refusal has two reasons.
var errNoList = errors.New("GetObject and ListBucket are refused")

// readBelow reads an object that does not exist.
func (p *privileges) readBelow(ctx context.Context, root roots.Root) error {
	s, err := p.open(ctx, func(c *s3store.Config) {
		if c.Bucket != root.Bucket {
			c.Bucket, c.ExpectedBucketOwner = root.Bucket, ""
		}
	})
	if err != nil {
		return err
	}
	body, err := s.Get(ctx, root.Path+"target-s3-check-"+p.token)
	switch {
	case err == nil:
		return body.Close()
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case isDenied(err):
		if _, listing := s.List(ctx, root.Path, 1); isDenied(listing) {
			return errNoList
		}
	}
	return err
}

func (p *privileges) fixBatchFiles(root roots.Root, err error) string {
	switch {
	case isDenied(err):
		return fmt.Sprintf("Grant %s on %s (target-s3 policy prints the policy)", policy.GetObject, "arn:"+policy.Partition(p.store.Region())+":s3:::"+root.Bucket+"/"+root.Path+"*")
	case code(err) == s3store.CodeNoSuchBucket:
		return "Create the bucket, or correct batch_roots"
	}
	return p.fix(BatchFiles, err)
}
