-- Two roles and a database for Besa on PostgreSQL; run as a superuser: psql -f deploy/roles.sql
-- besa_owner owns the tables and migrates; besa_app serves and can neither change a table nor an event of the record.
-- Give both a password afterwards: \password besa_owner, \password besa_app
CREATE ROLE besa_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
CREATE ROLE besa_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
CREATE DATABASE besa OWNER besa_owner ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE besa FROM PUBLIC;
GRANT CONNECT ON DATABASE besa TO besa_app;
\connect besa
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO besa_owner;
GRANT USAGE ON SCHEMA public TO besa_app;
ALTER DEFAULT PRIVILEGES FOR ROLE besa_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO besa_app;
ALTER DEFAULT PRIVILEGES FOR ROLE besa_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO besa_app;
-- After the first migration: events are added and read, never changed.
-- REVOKE UPDATE, DELETE ON audit_event FROM besa_app;
