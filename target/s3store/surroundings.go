package s3store

import "context"

// Surroundings returns what the environment and the AWS configuration files say
// of endpoint and region: those of a profile, where one is named. It sends
// nothing.
func Surroundings(ctx context.Context, profile string) (endpoint, region string, err error) {
	shared, err := loadShared(ctx, Config{Profile: profile})
	if err != nil {
		return "", "", err
	}
	return configuredEndpoint(shared), shared.Region, nil
}
