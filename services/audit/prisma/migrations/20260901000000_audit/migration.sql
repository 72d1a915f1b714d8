-- Append-only tables, partitioned by a day (UTC) that the record itself fixes. Uniqueness holds within a partition key,
-- so the key is part of every unique rule (security.md, section 6).
CREATE TABLE "event" (
    "time" TIMESTAMPTZ(3) NOT NULL,
    "id" UUID NOT NULL,
    "type" TEXT NOT NULL,
    "producer" TEXT NOT NULL,
    "epoch" TEXT NOT NULL,
    "stream" TEXT NOT NULL,
    "n" BIGINT NOT NULL,
    "broker_stream" TEXT,
    "stream_seq" BIGINT,
    "stored_at" TIMESTAMPTZ(3),
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "client_id" TEXT,
    "jti" TEXT,
    "organisations" TEXT[],
    "about_epoch" TEXT,
    "about_stream" TEXT,
    "about_n" BIGINT,
    "body" JSON NOT NULL,

    CONSTRAINT "event_pkey" PRIMARY KEY ("time", "id")
) PARTITION BY RANGE ("time");

CREATE INDEX "event_client_id_time_idx" ON "event"("client_id", "time") WHERE "client_id" IS NOT NULL;
CREATE INDEX "event_jti_idx" ON "event"("jti") WHERE "jti" IS NOT NULL;
CREATE INDEX "event_organisations_idx" ON "event" USING GIN ("organisations");
CREATE INDEX "event_type_time_idx" ON "event"("type", "time");
CREATE INDEX "event_epoch_stream_n_idx" ON "event"("epoch", "stream", "n");
CREATE INDEX "event_about_epoch_about_stream_about_n_idx" ON "event"("about_epoch", "about_stream", "about_n") WHERE "about_n" IS NOT NULL;

CREATE TABLE "spend" (
    "hash" TEXT NOT NULL,
    "exp" TIMESTAMPTZ(0) NOT NULL,
    "event_id" UUID NOT NULL,

    CONSTRAINT "spend_pkey" PRIMARY KEY ("hash", "exp")
) PARTITION BY RANGE ("exp");

CREATE TABLE "spent_proof" (
    "id" TEXT NOT NULL,
    "exp" TIMESTAMPTZ(0) NOT NULL,

    CONSTRAINT "spent_proof_pkey" PRIMARY KEY ("id", "exp")
) PARTITION BY RANGE ("exp");

-- What could not stand there, set aside and never dropped.
CREATE TABLE "conflict" (
    "kind" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "broker_stream" TEXT NOT NULL,
    "stream_seq" BIGINT NOT NULL,
    "detected_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "body" TEXT NOT NULL,

    CONSTRAINT "conflict_pkey" PRIMARY KEY ("kind", "key", "digest")
);

CREATE TABLE "malformed" (
    "digest" TEXT NOT NULL,
    "broker_stream" TEXT NOT NULL,
    "stream_seq" BIGINT NOT NULL,
    "subject" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "raw" BYTEA NOT NULL,

    CONSTRAINT "malformed_pkey" PRIMARY KEY ("broker_stream", "stream_seq", "digest")
);

-- State of gap detection: it changes.
CREATE TABLE "epoch" (
    "producer" TEXT NOT NULL,
    "epoch" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "beats" BOOLEAN NOT NULL,
    "last_seen" TIMESTAMPTZ(3) NOT NULL,
    "silent_since" TIMESTAMPTZ(3),

    CONSTRAINT "epoch_pkey" PRIMARY KEY ("producer", "epoch"),
    CONSTRAINT "epoch_state" CHECK ("state" IN ('open', 'closed', 'silent'))
);

CREATE TABLE "sequence" (
    "producer" TEXT NOT NULL,
    "epoch" TEXT NOT NULL,
    "stream" TEXT NOT NULL,
    "highest" BIGINT NOT NULL,
    "announced" BIGINT NOT NULL,
    "checked" BIGINT NOT NULL,

    CONSTRAINT "sequence_pkey" PRIMARY KEY ("producer", "epoch", "stream")
);

CREATE TABLE "hole" (
    "producer" TEXT NOT NULL,
    "epoch" TEXT NOT NULL,
    "stream" TEXT NOT NULL,
    "from_n" BIGINT NOT NULL,
    "to_n" BIGINT NOT NULL,
    "noticed_at" TIMESTAMPTZ(3) NOT NULL,
    "gap_id" UUID,

    CONSTRAINT "hole_pkey" PRIMARY KEY ("producer", "epoch", "stream", "from_n")
);

CREATE TABLE "reading" (
    "stream" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "reading_pkey" PRIMARY KEY ("stream")
);

-- Alarms: kept for good, ended by `resolved_at`.
CREATE TABLE "gap" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "producer" TEXT NOT NULL,
    "epoch" TEXT NOT NULL,
    "stream" TEXT NOT NULL,
    "from_n" BIGINT NOT NULL,
    "to_n" BIGINT,
    "noticed_at" TIMESTAMPTZ(3) NOT NULL,
    "alarmed_at" TIMESTAMPTZ(3) NOT NULL,
    "resolved_at" TIMESTAMPTZ(3),

    CONSTRAINT "gap_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "gap_kind" CHECK ("kind" IN ('missing', 'lost_tail'))
);

CREATE INDEX "gap_alarmed_at_idx" ON "gap"("alarmed_at");

-- The runtime role creates no table. It asks for partitions here, near today only.
CREATE FUNCTION "audit_ensure_partitions"("first" DATE, "last" DATE) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET timezone = 'UTC' AS $$
DECLARE
    parent TEXT;
    day DATE;
    part TEXT;
BEGIN
    IF "last" < "first" OR "first" < current_date - 40 OR "last" > current_date + 40 THEN
        RAISE EXCEPTION 'partitions only within 40 days of today, not % to %', "first", "last"
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('tillit_audit.partitions'));
    FOREACH parent IN ARRAY ARRAY['event', 'spend', 'spent_proof'] LOOP
        day := "first";
        WHILE day <= "last" LOOP
            part := parent || to_char(day, '"_p"YYYYMMDD');
            IF to_regclass(format('public.%I', part)) IS NULL THEN
                EXECUTE format('CREATE TABLE public.%I PARTITION OF public.%I FOR VALUES FROM (%L) TO (%L)',
                               part, parent, day::timestamptz, (day + 1)::timestamptz);
            END IF;
            day := day + 1;
        END LOOP;
    END LOOP;
END $$;

-- Retention drops whole days and has a floor that no configuration passes: three years of events (security.md, section 6).
CREATE FUNCTION "audit_drop_partitions"("parent" TEXT, "keep_days" INTEGER) RETURNS TEXT[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET timezone = 'UTC' AS $$
DECLARE
    least_days CONSTANT INTEGER := CASE "parent" WHEN 'event' THEN 1096 WHEN 'spend' THEN 7 WHEN 'spent_proof' THEN 1 END;
    part TEXT;
    dropped TEXT[] := '{}';
BEGIN
    IF least_days IS NULL OR "keep_days" IS NULL OR "keep_days" < least_days THEN
        RAISE EXCEPTION '% cannot be kept for % days only', "parent", "keep_days" USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('tillit_audit.partitions'));
    FOR part IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = format('public.%I', "parent")::regclass AND c.relname ~ '_p[0-9]{8}$'
          AND to_date(right(c.relname, 8), 'YYYYMMDD') < current_date - "keep_days"
        ORDER BY c.relname
    LOOP
        EXECUTE format('DROP TABLE public.%I', part);
        dropped := dropped || part;
    END LOOP;
    RETURN dropped;
END $$;

REVOKE ALL ON FUNCTION "audit_ensure_partitions"(DATE, DATE), "audit_drop_partitions"(TEXT, INTEGER) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "audit_ensure_partitions"(DATE, DATE), "audit_drop_partitions"(TEXT, INTEGER) TO "tillit_audit";

-- J07: what has been recorded can be added to and read, nothing else.
GRANT USAGE ON SCHEMA "public" TO "tillit_audit";
GRANT SELECT, INSERT ON "event", "spend", "spent_proof", "conflict", "malformed" TO "tillit_audit";
GRANT SELECT, INSERT, UPDATE, DELETE ON "epoch", "sequence", "hole" TO "tillit_audit";
GRANT SELECT, INSERT, UPDATE ON "reading" TO "tillit_audit";
GRANT SELECT, INSERT ON "gap" TO "tillit_audit";
GRANT UPDATE ("resolved_at") ON "gap" TO "tillit_audit";

SELECT "audit_ensure_partitions"((now() AT TIME ZONE 'UTC')::date - 1, (now() AT TIME ZONE 'UTC')::date + 7);
