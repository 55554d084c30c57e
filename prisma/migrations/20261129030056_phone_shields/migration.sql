-- AlterTable
ALTER TABLE "seal_shield" ADD COLUMN     "on_phone" BOOLEAN NOT NULL DEFAULT false;
