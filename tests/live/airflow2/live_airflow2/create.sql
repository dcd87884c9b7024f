CREATE TABLE IF NOT EXISTS mlops.live_airflow2 (
    ds CHAR(10) PRIMARY KEY,
    yesterday CHAR(8),
    tomorrow CHAR(10),
    previous CHAR(10),
    following CHAR(10),
    logical_hour CHAR(13),
    interval_end CHAR(16),
    counted VARCHAR(100)
)
