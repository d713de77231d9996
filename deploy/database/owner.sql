-- Runs once, as the server's superuser, when the volume `database` is new: makes the ordinary role that the product signs
-- in as. It owns its database and nothing else, so that no statement, a restored one included, runs a program of the server.
\set ON_ERROR_STOP on
\set password `cat /run/secrets/postgres_password`
CREATE ROLE responder LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'password';
CREATE DATABASE responder OWNER responder;
REVOKE CONNECT, TEMPORARY ON DATABASE responder FROM PUBLIC;
-- The superuser has no password from here on: it signs in inside the container alone.
ALTER ROLE CURRENT_USER PASSWORD NULL;
