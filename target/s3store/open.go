package s3store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"

	"target-s3/target/config"

	"target-s3/target/store"
)

// fallbackRegion signs requests to services that have no regions.
const fallbackRegion = "us-east-1"

// Open prepares a store and fetches credentials, so that there being none shows
// before any input is read. It sends nothing to the bucket. Close the Store when
// it is no longer used.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	s, err := prepare(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if _, err := s.credentials(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// prepare is Open without fetching credentials: the first request does.
func prepare(ctx context.Context, cfg Config) (*Store, error) {
	cfg = cfg.withDefaults()
	shared, err := loadShared(ctx, cfg)
	if err != nil {
		return nil, err
	}
	s := newStore(cfg)
	client, err := s.newClient(shared)
	if err != nil {
		return nil, err
	}
	s.client = client
	// The settings were looked at; this may come from the environment.
	if service, found := config.WithoutBucket(s.endpoint, cfg.Bucket); found {
		return nil, fmt.Errorf("the endpoint of S3 (aws_endpoint_url, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3 or the AWS profile) has the bucket in it, "+
			"which would put every object into a folder %s/ of the bucket: use %s", cfg.Bucket, service)
	}
	if unknown := s.unknownRegion(); unknown != "" {
		s.log.Warn("the region may be misspelt", "warning", unknown)
	}
	return s, nil
}

// credentials fetches them, if there are none yet.
func (s *Store) credentials(ctx context.Context) (aws.Credentials, error) {
	c, err := s.identity.Retrieve(ctx)
	if err != nil {
		return c, s.wrap(ctx, opCredentials, "", err, 0)
	}
	return c, nil
}

// loadShared reads what the AWS tools share: environment, profiles, CA bundle.
func loadShared(ctx context.Context, cfg Config) (aws.Config, error) {
	options := []func(*awsconfig.LoadOptions) error{
		// With AWS_CA_BUNDLE set, any other type of client is refused.
		awsconfig.WithHTTPClient(awshttp.NewBuildableClient().WithDialerOptions(connectQuickly)),
		awsconfig.WithAppID("target-s3"),
		awsconfig.WithCredentialsCacheOptions(refreshEarly),
		// Whatever the SDK would log might hold what must not be shown.
		awsconfig.WithLogger(logging.Nop{}),
		awsconfig.WithLogConfigurationWarnings(false),
	}
	if cfg.Region != "" {
		options = append(options, awsconfig.WithRegion(cfg.Region))
	}
	if cfg.Profile != "" {
		options = append(options, awsconfig.WithSharedConfigProfile(cfg.Profile))
	}
	if !cfg.AccessKeyID.IsZero() {
		options = append(options, awsconfig.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(
			cfg.AccessKeyID.Reveal(), cfg.SecretAccessKey.Reveal(), cfg.SessionToken.Reveal())))
	}
	shared, err := awsconfig.LoadDefaultConfig(ctx, options...)
	if missing := profileError(err, cfg); missing != nil {
		return aws.Config{}, missing
	}
	if err != nil {
		return aws.Config{}, fmt.Errorf("AWS configuration (environment and shared config files): %w", err)
	}
	return shared, nil
}

// refreshEarly renews credentials while the old ones still work, by more than
// the longest series of retries lasts.
func refreshEarly(o *aws.CredentialsCacheOptions) {
	o.ExpiryWindow = 5 * time.Minute
	o.ExpiryWindowJitterFrac = 0.5
}

func (s *Store) newClient(shared aws.Config) (*s3.Client, error) {
	region, err := s.resolveRegion(shared)
	if err != nil {
		return nil, err
	}
	shared.Region = region
	s.region = region
	s.http = newHTTPClient(shared.HTTPClient, s.cfg)
	shared.HTTPClient = s.http // also for the role
	s.identity = newIdentity(shared, s)
	shared.Credentials = s.identity
	s.sts = sts.NewFromConfig(shared, func(o *sts.Options) {
		o.RetryMaxAttempts = 1 // nothing depends on it: not everybody who reaches S3 reaches STS
	})
	return s3.NewFromConfig(shared, s.clientOptions), nil
}

// clientOptions runs after the SDK has looked for an endpoint in the
// environment and in the profile.
func (s *Store) clientOptions(o *s3.Options) {
	if s.cfg.EndpointURL != "" {
		o.BaseEndpoint = aws.String(s.cfg.EndpointURL)
	}
	if o.BaseEndpoint != nil {
		s.endpoint = *o.BaseEndpoint
	}
	o.UsePathStyle = s.endpoint != ""
	if s.cfg.ForcePathStyle != nil {
		o.UsePathStyle = *s.cfg.ForcePathStyle
	}
	o.Credentials = s.identity
	o.HTTPClient = s.http
	o.ClientLogMode = 0
	// The checksums are ours, see checksum.go; the SDK adds none by itself.
	o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
	o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
	o.DisableLogOutputChecksumValidationSkipped = true
	o.APIOptions = append(o.APIOptions, s.eachAttempt, keepBeginning)
	if s.cfg.RequestChecksums == config.ChecksumsWhenRequired {
		o.APIOptions = append(o.APIOptions, alwaysSignPayload)
	}
}

// ErrNoRegion says that nothing tells in which region the bucket is.
var ErrNoRegion = errors.New("no AWS region: set aws_region to the region of the bucket, " +
	"or AWS_REGION in the environment, or region in the AWS profile")

func (s *Store) resolveRegion(shared aws.Config) (string, error) {
	if shared.Region != "" {
		return shared.Region, nil
	}
	if s.cfg.EndpointURL != "" || configuredEndpoint(shared) != "" {
		return fallbackRegion, nil
	}
	return "", ErrNoRegion
}

// configuredEndpoint is the endpoint for S3 that environment or profile name, if
// any. The rules for that are the SDK's, so it is asked.
func configuredEndpoint(shared aws.Config) (endpoint string) {
	shared.Region = fallbackRegion
	s3.NewFromConfig(shared, func(o *s3.Options) { endpoint = aws.ToString(o.BaseEndpoint) })
	return endpoint
}

// newHTTPClient takes over the certificates and proxies that the SDK set up.
func newHTTPClient(configured aws.HTTPClient, cfg Config) *watchfulClient {
	buildable, ok := configured.(*awshttp.BuildableClient)
	if !ok {
		buildable = awshttp.NewBuildableClient()
	}
	transport := buildable.WithDialerOptions(connectQuickly).GetTransport()
	transport.Proxy = namedProxy(transport.Proxy)
	transport.OnProxyConnectResponse = proxyRefused
	transport.MaxResponseHeaderBytes = maxHeader
	transport.DisableCompression = true // what unpacks to any size
	transport.MaxIdleConnsPerHost = max(transport.MaxIdleConnsPerHost, cfg.MaxParallel+store.MostPublishing)
	transport.WriteBufferSize = 64 << 10 // parts are megabytes; 4 KiB a system call is too little
	return &watchfulClient{transport: transport, stall: cfg.StallTimeout}
}
