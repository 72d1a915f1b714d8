-- CreateTable
CREATE TABLE "signing_key" (
    "kid" TEXT NOT NULL,
    "alg" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "slot" TEXT,
    "public_jwk" JSONB NOT NULL,
    "wrapped" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "not_before" TIMESTAMPTZ(3) NOT NULL,
    "activated_at" TIMESTAMPTZ(3),
    "remove_after" TIMESTAMPTZ(3),

    CONSTRAINT "signing_key_pkey" PRIMARY KEY ("kid")
);

-- CreateTable
CREATE TABLE "nonce_secret" (
    "id" INTEGER NOT NULL,
    "wrapped" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "nonce_secret_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "published_state" (
    "name" TEXT NOT NULL,
    "revision" BIGINT NOT NULL,

    CONSTRAINT "published_state_pkey" PRIMARY KEY ("name")
);

-- CreateIndex
CREATE UNIQUE INDEX "signing_key_slot_key" ON "signing_key"("slot");

-- Rules that Prisma's schema cannot say: a slot says what the row is, and only a live key has its private half.
ALTER TABLE "signing_key"
    ADD CONSTRAINT "signing_key_status" CHECK ("status" IN ('prepublished', 'active', 'retired', 'withdrawn')),
    ADD CONSTRAINT "signing_key_slot" CHECK (
        CASE WHEN "status" IN ('prepublished', 'active')
             THEN "slot" IS NOT NULL AND "slot" = "purpose" || '/' || "alg" || '/' || "status" AND "wrapped" IS NOT NULL
             ELSE "slot" IS NULL AND "wrapped" IS NULL AND "remove_after" IS NOT NULL END);

-- The runtime role: no DDL, nothing beyond these three tables.
GRANT USAGE ON SCHEMA "public" TO "tillit_signing_key";
GRANT SELECT, INSERT, UPDATE, DELETE ON "signing_key", "nonce_secret" TO "tillit_signing_key";
GRANT SELECT, INSERT, UPDATE ON "published_state" TO "tillit_signing_key";
