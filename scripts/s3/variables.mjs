/** The variables by which tests and programs find a server. */
export function variablesOf({ endpoint, accessKeyId, secretAccessKey, region, bucket }) {
  return {
    ARTIFACTS_TEST_S3_ENDPOINT: endpoint,
    ARTIFACTS_TEST_S3_ACCESS_KEY_ID: accessKeyId,
    ARTIFACTS_TEST_S3_SECRET_ACCESS_KEY: secretAccessKey,
    ARTIFACTS_TEST_S3_REGION: region,
    ARTIFACTS_TEST_S3_BUCKET: bucket,
  };
}
