-- The roles and the database for Besa on PostgreSQL; run as a superuser: psql -f deploy/roles.sql. Running it again changes nothing.
-- besa_owner owns the tables and migrates; besa_app serves and can neither change a table nor an event of the record; besa_backup
-- reads every row and writes none. Give each a password afterwards: \password besa_owner, \password besa_app, \password besa_backup
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SELECT format('CREATE ROLE %I LOGIN', name) FROM unnest('{besa_owner,besa_app,besa_backup}'::text[]) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
-- besa_owner may make databases for `besa restore_drill`, and drops them again.
ALTER ROLE besa_owner NOSUPERUSER CREATEDB NOCREATEROLE NOBYPASSRLS;
ALTER ROLE besa_app NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
-- A backup that row-level security made smaller would be none.
ALTER ROLE besa_backup NOSUPERUSER NOCREATEDB NOCREATEROLE BYPASSRLS;
GRANT pg_read_all_data TO besa_backup;
-- besa_guard owns the functions that row-level security asks (besa row_security); nobody signs in as it. It is told when a
-- connection began, which binds a command to its own.
SELECT 'CREATE ROLE besa_guard NOLOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'besa_guard') \gexec
ALTER ROLE besa_guard NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE BYPASSRLS;
GRANT pg_read_all_stats TO besa_guard;
GRANT besa_guard TO besa_owner;
SELECT 'CREATE DATABASE besa OWNER besa_owner ENCODING ''UTF8'' TEMPLATE template0'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'besa') \gexec
REVOKE ALL ON DATABASE besa FROM PUBLIC;
GRANT CONNECT ON DATABASE besa TO besa_app, besa_backup;
ALTER ROLE besa_backup IN DATABASE besa SET default_transaction_read_only = on;
\connect besa
SET client_min_messages = warning;
-- The owner drops and makes the schema anew when a backup is restored.
ALTER SCHEMA public OWNER TO besa_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO besa_app, besa_guard;
ALTER DEFAULT PRIVILEGES FOR ROLE besa_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO besa_app;
ALTER DEFAULT PRIVILEGES FOR ROLE besa_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO besa_app;
-- Wrapped keys lie in a schema of their own; only the service, the owner and the backup reach it.
CREATE SCHEMA IF NOT EXISTS keystore AUTHORIZATION besa_owner;
GRANT USAGE ON SCHEMA keystore TO besa_app;
ALTER DEFAULT PRIVILEGES FOR ROLE besa_owner IN SCHEMA keystore GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO besa_app;
ALTER DEFAULT PRIVILEGES FOR ROLE besa_owner IN SCHEMA keystore GRANT USAGE, SELECT ON SEQUENCES TO besa_app;
-- `besa row_security`, after each migration and each restore, takes back what the service may not do: change an event of the record.
-- The server's log holds no statement, no value and no message that quotes one; what failed stands in Besa's own log.
-- Only a superuser may set these, so no role can take them back.
ALTER ROLE besa_owner SET log_statement = 'none';
ALTER ROLE besa_owner SET log_min_messages = 'fatal';
ALTER ROLE besa_owner SET log_min_error_statement = 'panic';
ALTER ROLE besa_owner SET log_error_verbosity = 'terse';
ALTER ROLE besa_owner SET log_min_duration_statement = -1;
ALTER ROLE besa_owner SET log_min_duration_sample = -1;
ALTER ROLE besa_owner SET log_transaction_sample_rate = 0;
ALTER ROLE besa_owner SET log_parameter_max_length = 0;
ALTER ROLE besa_owner SET log_parameter_max_length_on_error = 0;
ALTER ROLE besa_app SET log_statement = 'none';
ALTER ROLE besa_app SET log_min_messages = 'fatal';
ALTER ROLE besa_app SET log_min_error_statement = 'panic';
ALTER ROLE besa_app SET log_error_verbosity = 'terse';
ALTER ROLE besa_app SET log_min_duration_statement = -1;
ALTER ROLE besa_app SET log_min_duration_sample = -1;
ALTER ROLE besa_app SET log_transaction_sample_rate = 0;
ALTER ROLE besa_app SET log_parameter_max_length = 0;
ALTER ROLE besa_app SET log_parameter_max_length_on_error = 0;
ALTER ROLE besa_backup SET log_statement = 'none';
ALTER ROLE besa_backup SET log_min_messages = 'fatal';
ALTER ROLE besa_backup SET log_min_error_statement = 'panic';
ALTER ROLE besa_backup SET log_error_verbosity = 'terse';
ALTER ROLE besa_backup SET log_min_duration_statement = -1;
ALTER ROLE besa_backup SET log_min_duration_sample = -1;
ALTER ROLE besa_backup SET log_transaction_sample_rate = 0;
ALTER ROLE besa_backup SET log_parameter_max_length = 0;
ALTER ROLE besa_backup SET log_parameter_max_length_on_error = 0;
