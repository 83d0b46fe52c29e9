package policy_test

import (
	"fmt"

	"target-s3/target/connect/policy"
)

func ExampleGrant_BucketPolicy() {
	loader, err := policy.ParsePrincipal("arn:aws:iam::123456789012:role/loader")
	if err != nil {
		fmt.Println(err)
		return
	}
	document, err := policy.Grant{Bucket: "example-lake", Region: "eu-central-1", Principals: []policy.Principal{loader}}.BucketPolicy()
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := document.JSON()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s", text)
	// Output:
	// {
	//   "Version": "2012-10-17",
	//   "Statement": [
	//     {
	//       "Sid": "TargetS3Load",
	//       "Effect": "Allow",
	//       "Principal": {
	//         "AWS": [
	//           "arn:aws:iam::123456789012:role/loader"
	//         ]
	//       },
	//       "Action": [
	//         "s3:PutObject",
	//         "s3:GetObject",
	//         "s3:ListBucket"
	//       ],
	//       "Resource": [
	//         "arn:aws:s3:::example-lake",
	//         "arn:aws:s3:::example-lake/*"
	//       ]
	//     }
	//   ]
	// }
}
