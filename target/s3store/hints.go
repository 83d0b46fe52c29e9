package s3store

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"target-s3/target/config"
	"target-s3/target/connect/policy"
)

// Names of the operations, as they stand in errors.
const (
	opPut         = "PutObject"
	opCreate      = "CreateMultipartUpload"
	opPart        = "UploadPart"
	opComplete    = "CompleteMultipartUpload"
	opAbort       = "AbortMultipartUpload"
	opHead        = "HeadObject"
	opGet         = "GetObject"
	opList        = "ListObjectsV2"
	opListUploads = "ListMultipartUploads"
	opHeadBucket  = "HeadBucket"
	opDelete      = "DeleteObject"      // used by probes alone
	opCaller      = "GetCallerIdentity" // of STS
	opCredentials = "GetCredentials"    // the step before any of them
	opAssumeRole  = "AssumeRole"        // of STS, within that step

	opCreateBucket = "CreateBucket"
	opBlockPublic  = "PutPublicAccessBlock"
	opPutLifecycle = "PutBucketLifecycleConfiguration"
	opGetLifecycle = "GetBucketLifecycleConfiguration"
)

// privileges are what the operations need.
var privileges = map[string]string{
	opPut:         policy.PutObject,
	opCreate:      policy.PutObject,
	opPart:        policy.PutObject,
	opComplete:    policy.PutObject,
	opAbort:       policy.AbortUpload,
	opHead:        policy.GetObject + " and " + policy.ListBucket,
	opGet:         policy.GetObject,
	opList:        policy.ListBucket,
	opListUploads: policy.ListUploads,
	opHeadBucket:  policy.ListBucket,
	opDelete:      policy.DeleteObject,

	// Of setup, not of a load.
	opCreateBucket: policy.CreateBucket,
	opBlockPublic:  policy.BlockPublic,
	opPutLifecycle: policy.PutLifecycle,
	opGetLifecycle: policy.GetLifecycle,
}

const unknownKey = "The service does not know this access key: correct aws_access_key_id, and aws_endpoint_url if the key belongs to another service"

// fixedHints say what to do about codes that always mean the same.
var fixedHints = map[string]string{
	"InvalidAccessKeyId":            unknownKey,
	"XAdminUserNotFound":            unknownKey, // versitygw's
	"SignatureDoesNotMatch":         "Correct aws_secret_access_key: it does not belong to this aws_access_key_id, or characters were lost when it was copied",
	"InvalidToken":                  "Correct aws_session_token, or leave it out with a key that needs none",
	"RequestTimeTooSkewed":          "The clock of this machine is wrong by more than 15 minutes: set it",
	"AccessControlListNotSupported": "The bucket refuses access control lists, as new buckets do: remove the setting acl",
	"EntityTooLarge":                "Lower batch_size_bytes",
	"EntityTooSmall":                "The service wants larger parts: raise batch_size_bytes or memory_limit_bytes",
	"InvalidStorageClass":           "Correct storage_class: the bucket or the service does not have this one",
	"InvalidTag":                    "Correct object_tags",
	"InvalidBucketName":             "Correct s3_bucket: it is the name alone, without s3:// or a path",
	"QuotaExceeded":                 "The service has no room left for the bucket: make room, or raise its quota",
	codeNoSuchUpload:                "The parts that were sent are gone: look for a lifecycle rule that aborts uncompleted uploads too early, or another process that does",
	"ServerSideEncryptionConfigurationNotFoundError": "Correct server_side_encryption",
	"NotImplemented":            "The service lacks something that was asked of it: remove server_side_encryption, storage_class, acl or object_tags, or set request_checksums to when_required or conditional_writes to false",
	CodeNoSuchHost:              "Correct aws_endpoint_url, or aws_region, or the name resolution of this machine; a service without a host name for each bucket needs force_path_style",
	CodeCertificate:             "Name the certificate authority of the service in AWS_CA_BUNDLE, or correct aws_endpoint_url",
	CodeTimeout:                 "Look at the network between this machine and the service, and at the load of both; a smaller max_parallel_uploads asks less of a slow line",
	CodeGarbled:                 "Something that is not S3 may have answered: check aws_endpoint_url and any proxy on the way",
	CodeObjectMissing:           "Run the load again; if this happens again, the service loses objects",
	CodeNoCredentials:           "Set aws_access_key_id and aws_secret_access_key, or aws_profile, or give this machine or container a role; where a profile uses single sign-on, log in again (aws sso login)",
	CodeNotSent:                 "Check s3_bucket, aws_region and aws_endpoint_url",
	"BucketAlreadyExists":       "The names of buckets are shared by all accounts, and another one has this: choose another s3_bucket",
	"BucketAlreadyOwnedByYou":   "The bucket is there: nothing needs to be created",
	"InvalidLocationConstraint": "Correct aws_region: buckets cannot be made there",
	"TooManyBuckets":            "The account has as many buckets as it may have: delete one, or raise the quota",
	"MalformedXML":              "The service does not understand this program: check that it speaks the S3 protocol",
	"InvalidObjectState":        "The object is in an archive: restore it first",
}

// sameHint are codes that call for the hint of another.
var sameHint = map[string]string{
	"BadDigest":                          "digest",
	"InvalidDigest":                      "digest",
	"XAmzContentSHA256Mismatch":          "digest",
	"XAmzContentChecksumMismatch":        "digest",
	"IncompleteBody":                     "digest",
	"InvalidPart":                        "digest",
	"ExpiredToken":                       "expired",
	"ExpiredTokenException":              "expired",
	"TokenRefreshRequired":               "expired",
	"RequestExpired":                     "expired",
	"SlowDown":                           "busy",
	"ServiceUnavailable":                 "busy",
	"InternalError":                      "busy",
	"Throttling":                         "busy",
	"ThrottlingException":                "busy",
	"TooManyRequests":                    "busy",
	"RequestLimitExceeded":               "busy",
	"PermanentRedirect":                  "region",
	"MovedPermanently":                   "region",
	"TemporaryRedirect":                  "region",
	"AuthorizationHeaderMalformed":       "region",
	"IllegalLocationConstraintException": "region",
	"AccessDenied":                       "denied",
	"Forbidden":                          "denied",
	"AllAccessDisabled":                  "denied",
	"AccountProblem":                     "denied",
}

// hint says what to do about an error.
func (s *Store) hint(e *Error) string {
	if e.advice != "" {
		return e.advice
	}
	if e.Code == CodeNoSuchHost || e.Code == CodeNotSent {
		if unknown := s.unknownRegion(); unknown != "" {
			return unknown + ": correct aws_region"
		}
	}
	if strings.HasPrefix(e.Code, "KMS.") {
		return kmsHint
	}
	if e.Code == CodeNoS3 {
		return s.noS3Hint()
	}
	if text, ok := fixedHints[e.Code]; ok {
		return text
	}
	kind := s.kind(e)
	if (kind == "" || kind == "busy" && sameHint[e.Code] == "") && e.Status >= 400 && s.strange(e) {
		return s.strangeHint()
	}
	switch kind {
	case "digest":
		return "The bytes changed on their way, or the service does not handle checksums as S3 does: try again, then set request_checksums to when_required"
	case "expired":
		return "Get new credentials; with role_arn or a profile that assumes a role they renew themselves"
	case "busy":
		return "It may pass: run the load again later; a smaller max_parallel_uploads or fewer, larger files (batch_size_bytes) ask less of the service"
	case "region":
		return s.regionHint(e)
	case "denied":
		return s.deniedHint(e)
	case "bucket":
		return "Create the bucket, or correct s3_bucket (and aws_region and aws_endpoint_url: this service may not be the one that has it)"
	case "large":
		return "Something between this machine and the service refuses requests of this size, as reverse proxies do (client_max_body_size of nginx): raise its limit, or lower batch_size_bytes"
	case "connection":
		return s.reachHint(e)
	}
	return ""
}

// strange reports whether it is open if what was asked is S3.
func (s *Store) strange(e *Error) bool {
	return e.Op != opAssumeRole && e.RequestID == "" && !s.reach.answered.Load()
}

func (s *Store) strangeHint() string {
	return "Something accepts connections at " + s.service() + " and does not answer as S3: check aws_endpoint_url, what listens there, and any proxy on the way"
}

func (s *Store) reachHint(e *Error) string {
	service, _ := s.asked(e)
	return "Check that the service runs at " + service + " and that this machine may reach it (aws_endpoint_url, proxies, firewalls)"
}

func (s *Store) kind(e *Error) string {
	if k, ok := sameHint[e.Code]; ok {
		return k
	}
	switch {
	case e.Code == CodeNoSuchBucket:
		return "bucket"
	case e.Code == CodeConnection:
		return "connection"
	case isAbout(e, "checksum"):
		return "digest"
	case e.Status == http.StatusRequestEntityTooLarge:
		return "large"
	case e.BucketRegion != "" && e.BucketRegion != s.region:
		return "region"
	case e.Status == http.StatusForbidden:
		return "denied"
	case e.Status == http.StatusTooManyRequests, e.Status >= 500 && e.Status != http.StatusHTTPVersionNotSupported:
		return "busy"
	}
	return ""
}

func (s *Store) regionHint(e *Error) string {
	region := e.BucketRegion
	if region == "" || region == s.region {
		return "Set aws_region to the region of the bucket; " + s.region + " was tried"
	}
	return "The bucket is in the region " + region + ": set aws_region to that; " + s.region + " was tried"
}

const kmsHint = "The credentials need " + policy.GenerateDataKey + " and " + policy.Decrypt + " on the key of sse_kms_key_id (or the bucket's own), which must be enabled and in the bucket's region"

func (s *Store) deniedHint(e *Error) string {
	if e.Op == opCredentials || e.Op == opAssumeRole {
		return "The role's trust policy must allow these credentials sts:AssumeRole; check role_arn and external_id"
	}
	if strings.Contains(e.Message, "kms:") || strings.Contains(strings.ToLower(e.Message), "kms key") {
		return kmsHint
	}
	resource := "arn:" + policy.Partition(s.region) + ":s3:::" + s.cfg.Bucket
	if e.Key != "" && e.Op != opListUploads {
		resource += "/*"
	}
	if e.Op == opHead {
		resource = "the bucket and its objects"
	}
	text := "The credentials need " + privileges[e.Op] + s.furtherPrivileges(e.Op) + " on " + resource
	if slices.Contains([]string{opCreateBucket, opBlockPublic, opPutLifecycle, opGetLifecycle}, e.Op) {
		return text + ", which a load does not need: ask somebody who has it"
	}
	command := "target-s3 policy"
	if e.Op == opListUploads || e.Op == opAbort {
		command += " --sweep"
	}
	text += "; " + command + " prints the bucket policy for that"
	if s.cfg.ExpectedBucketOwner != "" {
		text += "; the bucket must belong to the account of expected_bucket_owner, " + s.cfg.ExpectedBucketOwner
	}
	return text
}

// furtherPrivileges are what settings ask for besides.
func (s *Store) furtherPrivileges(op string) (text string) {
	if op != opPut && op != opCreate {
		return ""
	}
	if s.tagging != nil {
		text += " and, for object_tags, " + policy.PutObjectTagging
	}
	if s.cfg.ACL != "" {
		text += " and, for acl, " + policy.PutObjectACL
	}
	return text
}

// service names what is talked to, without a password that the URL of the
// environment might hold.
func (s *Store) service() string {
	if u, err := url.Parse(s.endpoint); err == nil && u.Host != "" {
		return u.Scheme + "://" + u.Host
	}
	return "Amazon S3 in " + s.region
}

func (s *Store) proxyAdvice(e *Error, proxy *proxyError) string {
	_, host := s.asked(e)
	return "Correct or unset " + proxy.variable + " in the environment, or add " + host + " to NO_PROXY"
}

func schemeAdvice(e *schemeError) string {
	if e.tls {
		return "aws_endpoint_url must begin with https://"
	}
	return "aws_endpoint_url must begin with http://, or name the port that speaks TLS"
}

func redirectAdvice(e *redirectError) string {
	if e.upward {
		return "aws_endpoint_url must begin with https://"
	}
	return "S3 does not do that, so that something else answers there (a login page, a console, a web server): correct aws_endpoint_url, or a proxy on the way"
}

// host is that of the endpoint, as NO_PROXY has it.
func (s *Store) host() string {
	if u, err := url.Parse(s.endpoint); err == nil && u.Host != "" {
		return u.Hostname()
	}
	return ".amazonaws.com"
}

// unknownRegion is a warning where requests go to a region that AWS is not known
// to have, and empty where they do not.
func (s *Store) unknownRegion() string {
	if !s.onAWS() {
		return ""
	}
	return config.UnknownRegion(s.region)
}

func (s *Store) onAWS() bool {
	if s.endpoint == "" {
		return true
	}
	u, err := url.Parse(s.endpoint)
	return err == nil && (strings.HasSuffix(u.Hostname(), ".amazonaws.com") || strings.HasSuffix(u.Hostname(), ".amazonaws.com.cn"))
}
