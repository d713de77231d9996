-- For a volume that was made while `responder` was the superuser: run it once, as `responder`, in the container.
-- Afterwards `postgres` is the superuser, inside the container alone, and `responder` owns its database and nothing else.
\set ON_ERROR_STOP on
CREATE ROLE postgres SUPERUSER LOGIN;
\connect - postgres
ALTER ROLE responder NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
REVOKE CONNECT, TEMPORARY ON DATABASE responder FROM PUBLIC;
