"""Where the classes of `airflow.contrib` and of the old modules of hooks, operators and sensors are in providers.

From the tables with which Airflow 2.11.2 redirects such imports, for widely used providers, as far as their releases of
November 2026 have the class. What the managed Airflow redirects itself is found there: see renames.py.
"""

# Below airflow.providers: the classes of a module; `Old=New` if the name has changed.
CLASSES = {
    "amazon.aws.hooks.athena": "AWSAthenaHook=AthenaHook",
    "amazon.aws.hooks.base_aws": "AwsBaseHook AwsHook=AwsBaseHook",
    "amazon.aws.hooks.batch_client": "BatchProtocol",
    "amazon.aws.hooks.datasync": "AWSDataSyncHook=DataSyncHook",
    "amazon.aws.hooks.dynamodb": "AwsDynamoDBHook=DynamoDBHook",
    "amazon.aws.hooks.ecs": "EcsProtocol",
    "amazon.aws.hooks.emr": "EmrHook",
    "amazon.aws.hooks.glue_catalog": "AwsGlueCatalogHook=GlueCatalogHook",
    "amazon.aws.hooks.kinesis": "FirehoseHook",
    "amazon.aws.hooks.lambda_function": "AwsLambdaHook=LambdaHook",
    "amazon.aws.hooks.logs": "AwsLogsHook",
    "amazon.aws.hooks.redshift_cluster": "RedshiftHook",
    "amazon.aws.hooks.s3": "S3Hook",
    "amazon.aws.hooks.sagemaker": "LogState SageMakerHook",
    "amazon.aws.hooks.sns": "AwsSnsHook=SnsHook",
    "amazon.aws.hooks.sqs": "SQSHook=SqsHook SqsHook",
    "amazon.aws.operators.athena": "AWSAthenaOperator=AthenaOperator",
    "amazon.aws.operators.batch": "AWSBatchOperator=BatchOperator BatchOperator",
    "amazon.aws.operators.ecs": "EcsOperator=EcsRunTaskOperator EcsRunTaskOperator",
    "amazon.aws.operators.s3": "S3FileTransformOperator",
    "amazon.aws.operators.sns": "SnsPublishOperator",
    "amazon.aws.operators.sqs": "SQSPublishOperator=SqsPublishOperator SqsPublishOperator",
    "amazon.aws.sensors.athena": "AthenaSensor",
    "amazon.aws.sensors.glue_catalog_partition": "AwsGlueCatalogPartitionSensor=GlueCatalogPartitionSensor",
    "amazon.aws.sensors.redshift_cluster": "AwsRedshiftClusterSensor=RedshiftClusterSensor",
    "amazon.aws.sensors.s3": "S3KeySensor",
    "amazon.aws.sensors.sagemaker": "SageMakerTrainingSensor",
    "amazon.aws.sensors.sqs": "SQSSensor=SqsSensor SqsSensor",
    "amazon.aws.transfers.dynamodb_to_s3": "DynamoDBToS3Operator",
    "amazon.aws.transfers.gcs_to_s3": "GCSToS3Operator GoogleCloudStorageToS3Operator=GCSToS3Operator",
    "amazon.aws.transfers.google_api_to_s3": "GoogleApiToS3Operator GoogleApiToS3Transfer=GoogleApiToS3Operator",
    "amazon.aws.transfers.hive_to_dynamodb": "HiveToDynamoDBOperator",
    "amazon.aws.transfers.imap_attachment_to_s3": "ImapAttachmentToS3Operator",
    "amazon.aws.transfers.mongo_to_s3": "MongoToS3Operator",
    "amazon.aws.transfers.redshift_to_s3": "RedshiftToS3Operator RedshiftToS3Transfer=RedshiftToS3Operator",
    "amazon.aws.transfers.s3_to_redshift": "S3ToRedshiftOperator S3ToRedshiftTransfer=S3ToRedshiftOperator",
    "amazon.aws.transfers.s3_to_sftp": "S3ToSFTPOperator",
    "amazon.aws.transfers.sftp_to_s3": "SFTPToS3Operator",
    "apache.cassandra.hooks.cassandra": "CassandraHook",
    "apache.cassandra.sensors.record": "CassandraRecordSensor",
    "apache.cassandra.sensors.table": "CassandraTableSensor",
    "apache.druid.hooks.druid": "DruidDbApiHook DruidHook",
    "apache.druid.operators.druid": "DruidOperator",
    "apache.druid.transfers.hive_to_druid": "HiveToDruidOperator HiveToDruidTransfer=HiveToDruidOperator",
    "apache.hdfs.hooks.webhdfs": "WebHDFSHook",
    "apache.hdfs.sensors.web_hdfs": "WebHdfsSensor",
    "apache.hive.hooks.hive": "HiveCliHook HiveMetastoreHook HiveServer2Hook",
    "apache.hive.operators.hive": "HiveOperator",
    "apache.hive.operators.hive_stats": "HiveStatsCollectionOperator",
    "apache.hive.sensors.hive_partition": "HivePartitionSensor",
    "apache.hive.sensors.metastore_partition": "MetastorePartitionSensor",
    "apache.hive.sensors.named_hive_partition": "NamedHivePartitionSensor",
    "apache.hive.transfers.hive_to_mysql": "HiveToMySqlOperator HiveToMySqlTransfer=HiveToMySqlOperator",
    "apache.hive.transfers.hive_to_samba": "HiveToSambaOperator",
    "apache.hive.transfers.mssql_to_hive": "MsSqlToHiveOperator MsSqlToHiveTransfer=MsSqlToHiveOperator",
    "apache.hive.transfers.mysql_to_hive": "MySqlToHiveOperator MySqlToHiveTransfer=MySqlToHiveOperator",
    "apache.hive.transfers.s3_to_hive": "S3ToHiveOperator S3ToHiveTransfer=S3ToHiveOperator",
    "apache.hive.transfers.vertica_to_hive": "VerticaToHiveOperator VerticaToHiveTransfer=VerticaToHiveOperator",
    "apache.spark.hooks.spark_jdbc": "SparkJDBCHook",
    "apache.spark.hooks.spark_sql": "SparkSqlHook",
    "apache.spark.hooks.spark_submit": "SparkSubmitHook",
    "apache.spark.operators.spark_jdbc": "SparkJDBCOperator",
    "apache.spark.operators.spark_sql": "SparkSqlOperator",
    "apache.spark.operators.spark_submit": "SparkSubmitOperator",
    "cncf.kubernetes.operators.pod": "KubernetesPodOperator",
    "common.sql.hooks.sql": "DbApiHook",
    "common.sql.operators.sql": """
        BaseSQLOperator BranchSQLOperator BranchSqlOperator=BranchSQLOperator CheckOperator=SQLCheckOperator
        IntervalCheckOperator=SQLIntervalCheckOperator PrestoCheckOperator=SQLCheckOperator
        PrestoIntervalCheckOperator=SQLIntervalCheckOperator PrestoValueCheckOperator=SQLValueCheckOperator
        SQLCheckOperator SQLColumnCheckOperator SQLIntervalCheckOperator SQLTableCheckOperator
        SQLThresholdCheckOperator SQLValueCheckOperator ThresholdCheckOperator=SQLThresholdCheckOperator
        ValueCheckOperator=SQLValueCheckOperator
    """,
    "common.sql.sensors.sql": "SqlSensor",
    "databricks.hooks.databricks": "DatabricksHook RunState",
    "databricks.operators.databricks": "DatabricksRunNowOperator DatabricksSubmitRunOperator",
    "docker.hooks.docker": "DockerHook",
    "docker.operators.docker": "DockerOperator",
    "docker.operators.docker_swarm": "DockerSwarmOperator",
    "ftp.hooks.ftp": "FTPHook FTPSHook",
    "ftp.sensors.ftp": "FTPSSensor FTPSensor",
    "google.cloud.hooks.bigquery": "BigQueryBaseCursor BigQueryConnection BigQueryCursor BigQueryHook",
    "google.cloud.hooks.cloud_sql": """
        CloudSQLDatabaseHook CloudSQLHook CloudSqlDatabaseHook=CloudSQLDatabaseHook CloudSqlHook=CloudSQLHook
    """,
    "google.cloud.hooks.dataflow": "DataFlowHook=DataflowHook DataflowHook",
    "google.cloud.hooks.dataproc": "DataProcHook=DataprocHook DataprocHook",
    "google.cloud.hooks.gcs": "GCSHook GoogleCloudStorageHook=GCSHook",
    "google.cloud.hooks.kubernetes_engine": "GKEClusterHook=GKEHook GKEHook",
    "google.cloud.hooks.pubsub": "PubSubException PubSubHook",
    "google.cloud.operators.bigquery": """
        BigQueryCheckOperator BigQueryCreateEmptyDatasetOperator BigQueryDeleteDatasetOperator
        BigQueryDeleteTableOperator BigQueryGetDataOperator BigQueryGetDatasetOperator
        BigQueryGetDatasetTablesOperator BigQueryIntervalCheckOperator
        BigQueryTableDeleteOperator=BigQueryDeleteTableOperator BigQueryUpdateDatasetOperator
        BigQueryUpsertTableOperator BigQueryValueCheckOperator
    """,
    "google.cloud.operators.cloud_sql": """
        CloudSQLBaseOperator CloudSQLCreateInstanceDatabaseOperator CloudSQLCreateInstanceOperator
        CloudSQLDeleteInstanceDatabaseOperator CloudSQLDeleteInstanceOperator CloudSQLExecuteQueryOperator
        CloudSQLExportInstanceOperator CloudSQLImportInstanceOperator CloudSQLInstancePatchOperator
        CloudSQLPatchInstanceDatabaseOperator CloudSqlBaseOperator=CloudSQLBaseOperator
        CloudSqlInstanceCreateOperator=CloudSQLCreateInstanceOperator
        CloudSqlInstanceDatabaseCreateOperator=CloudSQLCreateInstanceDatabaseOperator
        CloudSqlInstanceDatabaseDeleteOperator=CloudSQLDeleteInstanceDatabaseOperator
        CloudSqlInstanceDatabasePatchOperator=CloudSQLPatchInstanceDatabaseOperator
        CloudSqlInstanceDeleteOperator=CloudSQLDeleteInstanceOperator
        CloudSqlInstanceExportOperator=CloudSQLExportInstanceOperator
        CloudSqlInstanceImportOperator=CloudSQLImportInstanceOperator
        CloudSqlInstancePatchOperator=CloudSQLInstancePatchOperator
        CloudSqlQueryOperator=CloudSQLExecuteQueryOperator
    """,
    "google.cloud.operators.dataflow": """
        DataflowTemplateOperator=DataflowTemplatedJobStartOperator DataflowTemplatedJobStartOperator
    """,
    "google.cloud.operators.dataproc": """
        DataProcJobBaseOperator=DataprocJobBaseOperator DataprocClusterCreateOperator=DataprocCreateClusterOperator
        DataprocClusterDeleteOperator=DataprocDeleteClusterOperator DataprocCreateClusterOperator
        DataprocDeleteClusterOperator DataprocInstantiateInlineWorkflowTemplateOperator
        DataprocInstantiateWorkflowTemplateOperator DataprocJobBaseOperator
        DataprocWorkflowTemplateInstantiateInlineOperator=DataprocInstantiateInlineWorkflowTemplateOperator
        DataprocWorkflowTemplateInstantiateOperator=DataprocInstantiateWorkflowTemplateOperator
    """,
    "google.cloud.operators.gcs": """
        GCSBucketCreateAclEntryOperator GCSCreateBucketOperator GCSDeleteObjectsOperator GCSListObjectsOperator
        GCSObjectCreateAclEntryOperator
        GoogleCloudStorageBucketCreateAclEntryOperator=GCSBucketCreateAclEntryOperator
        GoogleCloudStorageCreateBucketOperator=GCSCreateBucketOperator
        GoogleCloudStorageDeleteOperator=GCSDeleteObjectsOperator
        GoogleCloudStorageListOperator=GCSListObjectsOperator
        GoogleCloudStorageObjectCreateAclEntryOperator=GCSObjectCreateAclEntryOperator
    """,
    "google.cloud.operators.kubernetes_engine": """
        GKEClusterCreateOperator=GKECreateClusterOperator GKEClusterDeleteOperator=GKEDeleteClusterOperator
        GKECreateClusterOperator GKEDeleteClusterOperator GKEPodOperator=GKEStartPodOperator GKEStartPodOperator
    """,
    "google.cloud.operators.pubsub": """
        PubSubCreateSubscriptionOperator PubSubCreateTopicOperator PubSubDeleteSubscriptionOperator
        PubSubDeleteTopicOperator PubSubPublishMessageOperator PubSubPublishOperator=PubSubPublishMessageOperator
        PubSubSubscriptionCreateOperator=PubSubCreateSubscriptionOperator
        PubSubSubscriptionDeleteOperator=PubSubDeleteSubscriptionOperator
        PubSubTopicCreateOperator=PubSubCreateTopicOperator PubSubTopicDeleteOperator=PubSubDeleteTopicOperator
    """,
    "google.cloud.sensors.bigquery": "BigQueryTableExistenceSensor BigQueryTableSensor=BigQueryTableExistenceSensor",
    "google.cloud.sensors.gcs": """
        GCSObjectExistenceSensor GCSObjectUpdateSensor GCSObjectsWithPrefixExistenceSensor
        GCSUploadSessionCompleteSensor GoogleCloudStorageObjectSensor=GCSObjectExistenceSensor
        GoogleCloudStorageObjectUpdatedSensor=GCSObjectUpdateSensor
        GoogleCloudStoragePrefixSensor=GCSObjectsWithPrefixExistenceSensor
        GoogleCloudStorageUploadSessionCompleteSensor=GCSUploadSessionCompleteSensor
    """,
    "google.cloud.sensors.pubsub": "PubSubPullSensor",
    "google.cloud.transfers.adls_to_gcs": "ADLSToGCSOperator AdlsToGoogleCloudStorageOperator=ADLSToGCSOperator",
    "google.cloud.transfers.bigquery_to_bigquery": "BigQueryToBigQueryOperator",
    "google.cloud.transfers.bigquery_to_gcs": """
        BigQueryToCloudStorageOperator=BigQueryToGCSOperator BigQueryToGCSOperator
    """,
    "google.cloud.transfers.bigquery_to_mysql": "BigQueryToMySqlOperator",
    "google.cloud.transfers.cassandra_to_gcs": """
        CassandraToGCSOperator CassandraToGoogleCloudStorageOperator=CassandraToGCSOperator
    """,
    "google.cloud.transfers.gcs_to_bigquery": """
        GCSToBigQueryOperator GoogleCloudStorageToBigQueryOperator=GCSToBigQueryOperator
    """,
    "google.cloud.transfers.gcs_to_gcs": """
        GCSToGCSOperator GoogleCloudStorageToGoogleCloudStorageOperator=GCSToGCSOperator
    """,
    "google.cloud.transfers.gcs_to_local": """
        GCSToLocalFilesystemOperator GoogleCloudStorageDownloadOperator=GCSToLocalFilesystemOperator
    """,
    "google.cloud.transfers.local_to_gcs": """
        FileToGoogleCloudStorageOperator=LocalFilesystemToGCSOperator LocalFilesystemToGCSOperator
    """,
    "google.cloud.transfers.mssql_to_gcs": "MSSQLToGCSOperator MsSqlToGoogleCloudStorageOperator=MSSQLToGCSOperator",
    "google.cloud.transfers.mysql_to_gcs": "MySQLToGCSOperator MySqlToGoogleCloudStorageOperator=MySQLToGCSOperator",
    "google.cloud.transfers.postgres_to_gcs": """
        PostgresToGCSOperator PostgresToGoogleCloudStorageOperator=PostgresToGCSOperator
    """,
    "google.cloud.transfers.s3_to_gcs": "S3ToGCSOperator",
    "google.cloud.transfers.sql_to_gcs": """
        BaseSQLToGCSOperator BaseSQLToGoogleCloudStorageOperator=BaseSQLToGCSOperator
    """,
    "google.common.hooks.base_google": "GoogleBaseHook GoogleCloudBaseHook=GoogleBaseHook",
    "http.hooks.http": "HttpHook",
    "http.sensors.http": "HttpSensor",
    "imap.hooks.imap": "ImapHook Mail MailPart",
    "imap.sensors.imap_attachment": "ImapAttachmentSensor",
    "jdbc.hooks.jdbc": "JdbcHook",
    "microsoft.azure.hooks.container_instance": "AzureContainerInstanceHook",
    "microsoft.azure.hooks.container_registry": "AzureContainerRegistryHook",
    "microsoft.azure.hooks.container_volume": "AzureContainerVolumeHook",
    "microsoft.azure.hooks.cosmos": "AzureCosmosDBHook",
    "microsoft.azure.hooks.data_lake": "AzureDataLakeHook",
    "microsoft.azure.hooks.fileshare": "AzureFileShareHook",
    "microsoft.azure.hooks.wasb": "WasbHook",
    "microsoft.azure.operators.adls": "ADLSListOperator AzureDataLakeStorageListOperator=ADLSListOperator",
    "microsoft.azure.operators.container_instances": "AzureContainerInstancesOperator",
    "microsoft.azure.operators.cosmos": "AzureCosmosInsertDocumentOperator",
    "microsoft.azure.operators.wasb_delete_blob": "WasbDeleteBlobOperator",
    "microsoft.azure.sensors.cosmos": "AzureCosmosDocumentSensor",
    "microsoft.azure.sensors.wasb": "WasbBlobSensor WasbPrefixSensor",
    "microsoft.azure.transfers.local_to_wasb": """
        FileToWasbOperator=LocalFilesystemToWasbOperator LocalFilesystemToWasbOperator
    """,
    "microsoft.azure.transfers.oracle_to_azure_data_lake": "OracleToAzureDataLakeOperator",
    "microsoft.mssql.hooks.mssql": "MsSqlHook",
    "microsoft.winrm.hooks.winrm": "WinRMHook",
    "microsoft.winrm.operators.winrm": "WinRMOperator",
    "mongo.hooks.mongo": "MongoHook",
    "mongo.sensors.mongo": "MongoSensor",
    "mysql.hooks.mysql": "MySqlHook",
    "mysql.transfers.presto_to_mysql": "PrestoToMySqlOperator PrestoToMySqlTransfer=PrestoToMySqlOperator",
    "mysql.transfers.vertica_to_mysql": "VerticaToMySqlOperator VerticaToMySqlTransfer=VerticaToMySqlOperator",
    "oracle.hooks.oracle": "OracleHook",
    "oracle.transfers.oracle_to_oracle": "OracleToOracleOperator OracleToOracleTransfer=OracleToOracleOperator",
    "papermill.operators.papermill": "PapermillOperator",
    "postgres.hooks.postgres": "PostgresHook",
    "redis.hooks.redis": "RedisHook",
    "redis.operators.redis_publish": "RedisPublishOperator",
    "redis.sensors.redis_key": "RedisKeySensor",
    "redis.sensors.redis_pub_sub": "RedisPubSubSensor",
    "salesforce.hooks.salesforce": "SalesforceHook",
    "samba.hooks.samba": "SambaHook",
    "sftp.hooks.sftp": "SFTPHook",
    "sftp.operators.sftp": "SFTPOperator",
    "sftp.sensors.sftp": "SFTPSensor",
    "slack.hooks.slack": "SlackHook",
    "slack.hooks.slack_webhook": "SlackWebhookHook",
    "slack.operators.slack": "SlackAPIOperator SlackAPIPostOperator",
    "slack.operators.slack_webhook": "SlackWebhookOperator",
    "snowflake.hooks.snowflake": "SnowflakeHook",
    "ssh.hooks.ssh": "SSHHook",
    "ssh.operators.ssh": "SSHOperator",
}


def import_line(name: str) -> str:
    """`from airflow.providers… import …`; empty if the class is not in the table."""
    return _LINES.get(name, "")


def _lines() -> dict[str, str]:
    found = {}
    for module, entries in CLASSES.items():
        for old, _, new in (entry.partition("=") for entry in entries.split()):
            found[old] = f"from airflow.providers.{module} import {new or old}"
    return found


_LINES = _lines()
