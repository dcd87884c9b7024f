-- The tables that adopt reads, as Airflow 2.7.2 made and filled them in SQLite (`airflow db migrate`, `connections add`,
-- `variables set`, `pools set`, `roles create`, `roles add-perms`, `users create`), without the permissions of its own roles.
BEGIN TRANSACTION;
CREATE TABLE ab_permission (
	id INTEGER NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	CONSTRAINT ab_permission_pkey PRIMARY KEY (id), 
	CONSTRAINT ab_permission_name_uq UNIQUE (name)
);
INSERT INTO "ab_permission" VALUES(2,'can_read');
CREATE TABLE ab_permission_view (
	id INTEGER NOT NULL, 
	permission_id INTEGER, 
	view_menu_id INTEGER, 
	CONSTRAINT ab_permission_view_pkey PRIMARY KEY (id), 
	CONSTRAINT ab_permission_view_permission_id_view_menu_id_uq UNIQUE (permission_id, view_menu_id), 
	CONSTRAINT ab_permission_view_permission_id_fkey FOREIGN KEY(permission_id) REFERENCES ab_permission (id), 
	CONSTRAINT ab_permission_view_view_menu_id_fkey FOREIGN KEY(view_menu_id) REFERENCES ab_view_menu (id)
);
INSERT INTO "ab_permission_view" VALUES(26,2,21);
CREATE TABLE ab_permission_view_role (
	id INTEGER NOT NULL, 
	permission_view_id INTEGER, 
	role_id INTEGER, 
	CONSTRAINT ab_permission_view_role_pkey PRIMARY KEY (id), 
	CONSTRAINT ab_permission_view_role_permission_view_id_role_id_uq UNIQUE (permission_view_id, role_id), 
	CONSTRAINT ab_permission_view_role_permission_view_id_fkey FOREIGN KEY(permission_view_id) REFERENCES ab_permission_view (id), 
	CONSTRAINT ab_permission_view_role_role_id_fkey FOREIGN KEY(role_id) REFERENCES ab_role (id)
);
INSERT INTO "ab_permission_view_role" VALUES(224,26,6);
CREATE TABLE ab_role (
	id INTEGER NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	CONSTRAINT ab_role_pkey PRIMARY KEY (id), 
	CONSTRAINT ab_role_name_uq UNIQUE (name)
);
INSERT INTO "ab_role" VALUES(1,'Admin');
INSERT INTO "ab_role" VALUES(2,'Public');
INSERT INTO "ab_role" VALUES(3,'Viewer');
INSERT INTO "ab_role" VALUES(4,'User');
INSERT INTO "ab_role" VALUES(5,'Op');
INSERT INTO "ab_role" VALUES(6,'LiveAnalyst');
CREATE TABLE ab_user (
	id INTEGER NOT NULL, 
	first_name VARCHAR(256) NOT NULL, 
	last_name VARCHAR(256) NOT NULL, 
	username VARCHAR(512) COLLATE "NOCASE" NOT NULL, 
	password VARCHAR(256), 
	active BOOLEAN, 
	email VARCHAR(512) NOT NULL, 
	last_login DATETIME, 
	login_count INTEGER, 
	fail_login_count INTEGER, 
	created_on DATETIME, 
	changed_on DATETIME, 
	created_by_fk INTEGER, 
	changed_by_fk INTEGER, 
	CONSTRAINT ab_user_pkey PRIMARY KEY (id), 
	CONSTRAINT ab_user_username_uq UNIQUE (username), 
	CONSTRAINT ab_user_email_uq UNIQUE (email), 
	CONSTRAINT ab_user_created_by_fk_fkey FOREIGN KEY(created_by_fk) REFERENCES ab_user (id), 
	CONSTRAINT ab_user_changed_by_fk_fkey FOREIGN KEY(changed_by_fk) REFERENCES ab_user (id)
);
INSERT INTO "ab_user" VALUES(1,'민수','김','live_kim','pbkdf2:sha256:260000$RUnUlw5OL9Ned43r$39e8f6762b48ef9987337b30de60e3eade15fd458ea209e70f8c12362169170d',1,'live_kim@example.com',NULL,NULL,NULL,'2026-11-30 09:48:40.809034','2026-11-30 09:48:40.809040',NULL,NULL);
CREATE TABLE ab_user_role (
	id INTEGER NOT NULL, 
	user_id INTEGER, 
	role_id INTEGER, 
	CONSTRAINT ab_user_role_pkey PRIMARY KEY (id), 
	CONSTRAINT ab_user_role_user_id_role_id_uq UNIQUE (user_id, role_id), 
	CONSTRAINT ab_user_role_user_id_fkey FOREIGN KEY(user_id) REFERENCES ab_user (id), 
	CONSTRAINT ab_user_role_role_id_fkey FOREIGN KEY(role_id) REFERENCES ab_role (id)
);
INSERT INTO "ab_user_role" VALUES(1,1,6);
INSERT INTO "ab_user_role" VALUES(2,1,3);
CREATE TABLE ab_view_menu (
	id INTEGER NOT NULL, 
	name VARCHAR(250) NOT NULL, 
	CONSTRAINT ab_view_menu_pkey PRIMARY KEY (id), 
	CONSTRAINT ab_view_menu_name_uq UNIQUE (name)
);
INSERT INTO "ab_view_menu" VALUES(21,'DAGs');
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('405de8318b3a');
CREATE TABLE connection (
	id INTEGER NOT NULL, 
	conn_id VARCHAR(250) NOT NULL, 
	conn_type VARCHAR(500) NOT NULL, 
	description VARCHAR(5000), 
	host VARCHAR(500), 
	schema VARCHAR(500), 
	login VARCHAR(500), 
	password VARCHAR(5000), 
	port INTEGER, 
	is_encrypted BOOLEAN, 
	is_extra_encrypted BOOLEAN, 
	extra TEXT, 
	CONSTRAINT connection_pkey PRIMARY KEY (id), 
	CONSTRAINT connection_conn_id_uq UNIQUE (conn_id)
);
INSERT INTO "connection" VALUES(1,'live_lake','postgres','the lake','lake.example.com','wh','reader','gAAAAABrDUWdjQhyYKyInzvmYy1Ut9RqRWI3cnuM3Z-WMNysLxabJB3rC77j1ih7_Uyp6OFdKDlTf5TwLy9jUfcukM99-Bc4YxRqVV32Y_bxWzNFtZ_5m5I=',5432,1,1,'gAAAAABrDUWefoDKWMfgmiW3pqbUB5hfLbBJBhzVEZ7erE7tYojvMJskFtqQs3wJSMpgT6cCoRTrdGsj3CXAsPP85ND465lBbiTie5P-GNssI6SKwEYbXQKPpJG33jq7Etrq-6f1-9pC');
CREATE TABLE slot_pool (
	id INTEGER NOT NULL, 
	pool VARCHAR(256), 
	slots INTEGER, 
	description TEXT, 
	include_deferred BOOLEAN NOT NULL, 
	CONSTRAINT slot_pool_pkey PRIMARY KEY (id), 
	CONSTRAINT slot_pool_pool_uq UNIQUE (pool)
);
INSERT INTO "slot_pool" VALUES(1,'default_pool',128,'Default pool',0);
INSERT INTO "slot_pool" VALUES(2,'live_heavy',4,'big jobs',0);
CREATE TABLE variable (
	id INTEGER NOT NULL, 
	"key" VARCHAR(250), 
	val TEXT, 
	description TEXT, 
	is_encrypted BOOLEAN, 
	CONSTRAINT variable_pkey PRIMARY KEY (id), 
	CONSTRAINT variable_key_uq UNIQUE ("key")
);
INSERT INTO "variable" VALUES(1,'live_lost','gAAAAABrDUW-Z8abxapfdbkC2-3na0mpjMBP4efq99SFmNU0jFya-1_4vvhvB5Zrx2jz7ZrfG2KsBK4u46uo_YJSzVQ_RDJriWgu3vJpsilIZ-ZyYeEN00O-Ft2kGiit7lSU49DPE8h7',NULL,1);
INSERT INTO "variable" VALUES(2,'live_batch','gAAAAABrDUXYEy4zvDeAqFHWM36xvwe3QaTvTXsWpU8Ijw0yW2i4ZVADx15oAlwVnp5ZM1QxQDJv1LYxlEg0WWMZ3uzAn1HEtg==',NULL,1);
INSERT INTO "variable" VALUES(3,'live_api_key','gAAAAABrDUX2xE0EK807fkNiutVXgRrGOUknrvyFafgulbhMNO9rkjyKwBiGhQCgtChbyTQO8-hxBhKH0bBRf6o4N_TrJdEGkQ==',NULL,1);
COMMIT;
