-- Main and sub-units, what they accepted, and what belongs to them.
CREATE TABLE "registry_state" (
    "id" SMALLINT NOT NULL DEFAULT 1,
    "revision" BIGINT NOT NULL DEFAULT 0,
    CONSTRAINT "registry_state_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "registry_state_single" CHECK ("id" = 1)
);
INSERT INTO "registry_state" ("id", "revision") VALUES (1, 0);

CREATE TABLE "organisation" (
    "orgnr" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "status_reason" TEXT,
    "synthetic" BOOLEAN NOT NULL,
    "member" BOOLEAN NOT NULL,
    "approved_supplier" BOOLEAN NOT NULL,
    "parent" TEXT,
    "revision" BIGINT NOT NULL,
    CONSTRAINT "organisation_pkey" PRIMARY KEY ("orgnr"),
    CONSTRAINT "organisation_number" CHECK ("orgnr" ~ '^[0-9]{9}$'),
    CONSTRAINT "organisation_status" CHECK ("status" IN ('active', 'deactivated')),
    CONSTRAINT "organisation_not_its_own_parent" CHECK ("parent" <> "orgnr")
);

CREATE TABLE "accepted_terms" (
    "orgnr" TEXT NOT NULL,
    "uri" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    CONSTRAINT "accepted_terms_pkey" PRIMARY KEY ("orgnr", "uri")
);

CREATE TABLE "api" (
    "audience" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "owner" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "status_reason" TEXT,
    "scopes" TEXT[],
    "claims" TEXT[],
    "signing_alg" TEXT NOT NULL,
    "access_token_lifetime" INTEGER NOT NULL,
    "allow_bearer" BOOLEAN NOT NULL,
    "introspection_clients" TEXT[],
    "terms_uri" TEXT,
    "terms_version" TEXT,
    "revision" BIGINT NOT NULL,
    CONSTRAINT "api_pkey" PRIMARY KEY ("audience"),
    CONSTRAINT "api_status" CHECK ("status" IN ('active', 'deactivated')),
    CONSTRAINT "api_lifetime" CHECK ("access_token_lifetime" BETWEEN 60 AND 3600),
    CONSTRAINT "api_terms" CHECK (("terms_uri" IS NULL) = ("terms_version" IS NULL))
);

CREATE TABLE "client" (
    "client_id" TEXT NOT NULL,
    "client_name" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "status_reason" TEXT,
    "organisation" TEXT NOT NULL,
    "tenancy" TEXT NOT NULL,
    "child_organization_numbers" TEXT[],
    "grant_types" TEXT[],
    "scopes" TEXT[],
    "allow_bearer" BOOLEAN NOT NULL,
    "legacy_assertion_audience" BOOLEAN NOT NULL,
    "require_par" BOOLEAN NOT NULL,
    "legacy_organisation_oid" BOOLEAN NOT NULL,
    "pass_parent_organisation" BOOLEAN NOT NULL,
    "pass_child_organisation" BOOLEAN NOT NULL,
    "audience_claims" JSONB NOT NULL,
    "rate_per_second" DOUBLE PRECISION,
    "rate_burst" INTEGER,
    "revision" BIGINT NOT NULL,
    CONSTRAINT "client_pkey" PRIMARY KEY ("client_id"),
    CONSTRAINT "client_status" CHECK ("status" IN ('active', 'deactivated')),
    CONSTRAINT "client_tenancy" CHECK ("tenancy" IN ('none', 'single-tenant', 'multi-tenant'))
);

CREATE TABLE "client_key" (
    "thumbprint" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "place" SMALLINT NOT NULL,
    "jwk" JSONB NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    CONSTRAINT "client_key_pkey" PRIMARY KEY ("thumbprint")
);

CREATE TABLE "delegation" (
    "supplier" TEXT NOT NULL,
    "delegator" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "status_reason" TEXT,
    "revision" BIGINT NOT NULL,
    CONSTRAINT "delegation_pkey" PRIMARY KEY ("supplier", "delegator"),
    CONSTRAINT "delegation_status" CHECK ("status" IN ('active', 'deactivated')),
    CONSTRAINT "delegation_two_parties" CHECK ("supplier" <> "delegator")
);

CREATE INDEX "organisation_parent_idx" ON "organisation"("parent");
CREATE INDEX "client_organisation_idx" ON "client"("organisation");
CREATE INDEX "client_key_client_id_idx" ON "client_key"("client_id");
CREATE INDEX "client_key_expires_at_idx" ON "client_key"("expires_at");
CREATE INDEX "delegation_delegator_idx" ON "delegation"("delegator");

ALTER TABLE "organisation" ADD CONSTRAINT "organisation_parent_fkey" FOREIGN KEY ("parent") REFERENCES "organisation"("orgnr") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "accepted_terms" ADD CONSTRAINT "accepted_terms_orgnr_fkey" FOREIGN KEY ("orgnr") REFERENCES "organisation"("orgnr") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "api" ADD CONSTRAINT "api_owner_fkey" FOREIGN KEY ("owner") REFERENCES "organisation"("orgnr") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "client" ADD CONSTRAINT "client_organisation_fkey" FOREIGN KEY ("organisation") REFERENCES "organisation"("orgnr") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "client_key" ADD CONSTRAINT "client_key_client_id_fkey" FOREIGN KEY ("client_id") REFERENCES "client"("client_id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "delegation" ADD CONSTRAINT "delegation_supplier_fkey" FOREIGN KEY ("supplier") REFERENCES "organisation"("orgnr") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "delegation" ADD CONSTRAINT "delegation_delegator_fkey" FOREIGN KEY ("delegator") REFERENCES "organisation"("orgnr") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Rows that end by time live in partitions of one UTC day. Rows are never deleted; their day is dropped.
CREATE TABLE "revoked_token" (
    "jti" TEXT NOT NULL,
    "exp" TIMESTAMPTZ(3) NOT NULL,
    "client_id" TEXT NOT NULL,
    "revision" BIGINT NOT NULL,
    CONSTRAINT "revoked_token_pkey" PRIMARY KEY ("jti", "exp")
) PARTITION BY RANGE ("exp");

CREATE TABLE "spent_proof" (
    "id" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "spent_proof_pkey" PRIMARY KEY ("id", "expires_at")
) PARTITION BY RANGE ("expires_at");

CREATE TABLE "outbox" (
    "revision" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "event_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "subject" TEXT[],
    "action" TEXT NOT NULL,
    "actor" TEXT NOT NULL,
    "reason" TEXT,
    "organisation" TEXT,
    "client_id" TEXT,
    "value" JSONB NOT NULL,
    "put_at" TIMESTAMPTZ(3),
    "told_at" TIMESTAMPTZ(3),
    CONSTRAINT "outbox_pkey" PRIMARY KEY ("revision", "created_at")
) PARTITION BY RANGE ("created_at");

-- The relay looks only for what is left to do, whatever the table has grown to. Prisma's schema cannot say these.
CREATE INDEX "outbox_to_put" ON "outbox"("revision") WHERE "put_at" IS NULL;
CREATE INDEX "outbox_to_tell" ON "outbox"("revision") WHERE "told_at" IS NULL;

-- Makes the days that will be needed and drops those that have ended. It runs as the owner, so that the runtime role
-- needs no right to create or drop anything. An outbox day stays until all of it is published.
CREATE FUNCTION "keep_partitions"("outbox_days" INTEGER) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET lock_timeout = '2s'
SET "TimeZone" = 'UTC'
AS $$
DECLARE
    parent TEXT;
    day DATE;
    part TEXT;
    busy BOOLEAN;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('tillit.keep_partitions'));
    FOREACH parent IN ARRAY ARRAY['revoked_token', 'spent_proof', 'outbox'] LOOP
        FOR day IN SELECT d::date FROM generate_series(current_date - 1, current_date + 7, INTERVAL '1 day') d LOOP
            part := parent || '_' || to_char(day, 'YYYYMMDD');
            IF to_regclass('public.' || quote_ident(part)) IS NULL THEN
                EXECUTE format('CREATE TABLE public.%I PARTITION OF public.%I FOR VALUES FROM (%L) TO (%L)',
                    part, parent, day::timestamptz, (day + 1)::timestamptz);
            END IF;
        END LOOP;
        FOR part, day IN
            SELECT c.relname, to_date(right(c.relname, 8), 'YYYYMMDD')
            FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = to_regclass('public.' || quote_ident(parent))
        LOOP
            CONTINUE WHEN day >= current_date - CASE parent WHEN 'outbox' THEN greatest("outbox_days", 1) ELSE 1 END;
            busy := false;
            IF parent = 'outbox' THEN
                EXECUTE format('SELECT EXISTS (SELECT FROM public.%I WHERE put_at IS NULL OR told_at IS NULL)', part) INTO busy;
            END IF;
            IF NOT busy THEN
                EXECUTE format('DROP TABLE public.%I', part);
            END IF;
        END LOOP;
    END LOOP;
END
$$;
REVOKE ALL ON FUNCTION "keep_partitions"(INTEGER) FROM PUBLIC;
SELECT "keep_partitions"(30);

-- The runtime role reads and writes rows; it cannot change the schema. A shadow database may be made without the role.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tillit_client_registry') THEN
        GRANT USAGE ON SCHEMA "public" TO "tillit_client_registry";
        GRANT SELECT, UPDATE ON "registry_state" TO "tillit_client_registry";
        GRANT SELECT, INSERT, UPDATE ON "organisation", "api", "client", "delegation" TO "tillit_client_registry";
        GRANT SELECT, INSERT, UPDATE, DELETE ON "accepted_terms", "client_key" TO "tillit_client_registry";
        GRANT SELECT, INSERT ON "revoked_token", "spent_proof" TO "tillit_client_registry";
        GRANT SELECT, INSERT ON "outbox" TO "tillit_client_registry";
        GRANT UPDATE ("put_at", "told_at") ON "outbox" TO "tillit_client_registry";
        GRANT EXECUTE ON FUNCTION "keep_partitions"(INTEGER) TO "tillit_client_registry";
    END IF;
END
$$;
